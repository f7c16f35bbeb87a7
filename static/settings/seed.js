/** The seed: new for each run unless it is locked; thrown with a dice, copied with a click. */

import { copy } from "../base/clipboard.js";
import { h, iconButton, setIcon } from "../base/dom.js";
import { t } from "../base/language.js";
import { toast } from "../base/overlays.js";
import { get, set, watch } from "../base/store.js";
import { anySeed, setValues } from "./current.js";

export function createSeed({ maximum, label, help }) {
  const field = h("input", {
    type: "text",
    inputmode: "numeric",
    id: "set-seed",
    class: "value seed-value",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "9",
    placeholder: t("random"),
    title: help,
  });
  const use = (seed) => {
    setValues({ seed });
    set({ settings: { ...get("settings"), locked: seed !== undefined } });
  };
  const throwDice = () => use(anySeed());
  const toggleLock = () => {
    if (get("settings").locked) return use(undefined);
    const last = get("lastSeed");
    return last === null ? throwDice() : use(last);
  };
  const copySeed = async () => {
    const seed = get("settings").values.seed ?? get("lastSeed");
    await copy(String(seed));
    toast(t("Copied: {seed}", { seed }));
  };
  field.addEventListener("input", () => {
    field.value = field.value.replace(/\D/g, "");
  });
  field.addEventListener("change", () => use(field.value === "" ? undefined : Math.min(maximum, Number(field.value))));
  field.addEventListener(
    "keydown",
    (event) => event.key === "Enter" && !event.metaKey && !event.ctrlKey && field.blur(),
  );
  const lock = iconButton("unlock", t("Keep this seed"), toggleLock);
  const copyButton = iconButton("copy", t("Copy the seed"), copySeed);
  watch(["settings", "lastSeed"], () => {
    const { locked, values } = get("settings");
    const last = get("lastSeed");
    if (document.activeElement !== field) field.value = locked ? String(values.seed ?? "") : "";
    setIcon(lock, locked ? "lock" : "unlock");
    lock.classList.toggle("on", locked);
    lock.title = locked
      ? t("Use a new seed each time")
      : last === null
        ? t("Keep this seed")
        : t("Keep the last seed, {seed}", { seed: last });
    lock.setAttribute("aria-label", lock.title);
    copyButton.disabled = !locked && last === null;
  });
  return h(
    "div",
    { class: "seed" },
    h("label", { for: "set-seed" }, label),
    field,
    iconButton("dice", t("Roll the dice"), throwDice),
    lock,
    copyButton,
  );
}
