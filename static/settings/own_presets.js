/**
 * Your own presets: the settings chosen now are kept under a name, on the computer, so that every browser and phone has
 * them. Each is a card like any other, with a button to rename, replace or delete it.
 */

import { button, h, iconButton, keyed } from "../base/dom.js";
import { t } from "../base/language.js";
import { openPresetChange, openPresetKeep } from "../base/parts.js";
import { get, set, watch } from "../base/store.js";
import { isPlainPreset, preset, suitsOnePhoto } from "./current.js";
import { createUndo } from "./undo.js";

export const own = () => get("server").presets.filter((each) => each.own);

/** The group of cards: `createCard` makes one of them, `changed` is the card of what has no name yet. */
export function createOwnPresets(createCard, changed) {
  const updates = new Map(); // name → what brings its card up to date
  const list = h("div", { class: "presets" });
  const title = h("p", { class: "presets-title", "aria-hidden": "true" }, t("Your own"));
  const keepButton = button(t("Keep as a preset…"), openPresetKeep, { class: "quiet keep-preset", name: "bookmark" });
  const make = ({ name, title: words }) => {
    const { element, update } = createCard({ name, title: words, whole: false });
    updates.set(name, update);
    const change = iconButton("more", t("Change “{name}”", { name }), () => openPresetChange(name), {
      class: "tool small",
    });
    return h("div", { class: "own-preset" }, element, change);
  };
  changed.element.dataset.key = ""; // no preset has this name
  const update = () => {
    keyed(
      list,
      [...own(), { name: "" }],
      (each) => each.name,
      (each) => (each.name ? make(each) : changed.element),
    );
    const names = own().map((each) => each.name);
    for (const name of updates.keys()) if (!names.includes(name)) updates.delete(name);
    changed.update();
    changed.element.hidden = changed.isOff();
    for (const act of updates.values()) act();
    const nothing = !names.length && changed.isOff();
    title.hidden = nothing;
    list.hidden = nothing;
    keepButton.hidden = !hasSomethingToKeep();
  };
  watch(["server", "settings"], staysAsItWas); // so that it is known what was chosen, too
  return { elements: [title, list, h("div", { class: "row preset-tools" }, keepButton, createUndo())], update };
}

/** Whether what is chosen departs from the presets in anything that a preset would have. */
export function hasSomethingToKeep() {
  const { model: _, ...values } = get("settings").values;
  return !isPlainPreset() || Object.keys(values).some((name) => !suitsOnePhoto(name));
}

/** A preset that was chosen here and deleted elsewhere leaves its settings as they are, under no name. */
let last = null;
function staysAsItWas() {
  const settings = get("settings");
  const chosen = preset(settings.preset);
  if (chosen) last = chosen;
  else
    set({
      settings: { ...settings, preset: get("server").default_preset, values: { ...last.values, ...settings.values } },
    });
}
