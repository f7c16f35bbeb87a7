/** The seed: new for each run unless it is locked; thrown with a dice, copied with a click. */

import { copy } from "../base/clipboard.js";
import { h, iconButton, setIcon } from "../base/dom.js";
import { t } from "../base/language.js";
import { toast } from "../base/overlays.js";
import { get, set, watch } from "../base/store.js";
import { createHelp } from "./controls.js";
import { anySeed, setValues } from "./current.js";
import { createNote, createNumberField } from "./fields.js";

export function createSeed(row) {
  const note = createNote();
  const { help, info } = createHelp(row, "set-seed");
  const words = () => {
    const { locked, values } = get("settings");
    return locked ? String(values.seed ?? "") : "";
  };
  const take = (value) => {
    if (value !== undefined) use(value === null ? undefined : Math.round(value));
    field.value = words();
  };
  const field = createNumberField(
    {
      inputmode: "numeric",
      id: "set-seed",
      class: "value seed-value",
      placeholder: t("random"),
      "aria-describedby": help.id,
    },
    { row: { ...row, kind: "whole" }, range: () => row, note, take },
  );
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
  const lock = iconButton("unlock", t("Keep this seed"), toggleLock);
  const copyButton = iconButton("copy", t("Copy the seed"), copySeed);
  watch(["settings", "lastSeed"], () => {
    const { locked } = get("settings");
    const last = get("lastSeed");
    if (document.activeElement !== field) field.value = words();
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
  const tools = h("span", { class: "seed-tools" }, iconButton("dice", t("Roll the dice"), throwDice), lock, copyButton);
  const line = h("div", { class: "seed" }, h("label", { for: "set-seed" }, row.label), info, field, tools);
  return h("div", {}, line, note.element, help);
}
