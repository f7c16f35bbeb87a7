/**
 * Back and forth through the changes of the settings, by Ctrl+Z and by a button: a drag of a slider is one step, as is a
 * preset, a model, “Use these settings”. What suits one photo alone comes back for that photo only.
 */

import { api } from "../base/api.js";
import { button, h, iconButton } from "../base/dom.js";
import { t } from "../base/language.js";
import { showError, toast } from "../base/overlays.js";
import { get, set, watch } from "../base/store.js";
import { wordsFor } from "../clips/setting_words.js";
import { asked, parameter, preset, resolved, suitsOnePhoto } from "./current.js";

const MOST = 100;
const REST = 1000; // ms without a change, after which the same key on a slider begins another step

const past = [];
const future = [];
let now = null; // {settings, photo}: what was noted last
let touched = { what: "", at: 0 };
let held = false; // a finger or the mouse is down

/** Notes every change from now on. */
export function noteChanges() {
  window.addEventListener("pointerdown", () => hold(true), { capture: true });
  for (const name of ["pointerup", "pointercancel"])
    window.addEventListener(name, () => hold(false), { capture: true });
  watch(["settings", "photo"], note);
}

function hold(on) {
  held = on;
  if (on) touched = { what: "", at: 0 };
}

function note() {
  const before = now;
  now = { settings: get("settings"), photo: get("photo")?.id };
  if (!before?.settings || !now.settings) return;
  const what = differences(before, now).join();
  if (!what) return;
  const goesOn = what === touched.what && past.length > 0 && (held || Date.now() - touched.at < REST);
  touched = { what, at: Date.now() };
  if (!goesOn) past.push(before);
  if (past.length > MOST) past.shift();
  future.length = 0;
  set({ steps: { past: past.length, future: 0 } });
}

/** The names of what is otherwise. Of another photo, what suited the one before is no change of anybody's. */
function differences(one, other) {
  const elsewhere = one.photo !== other.photo;
  const names = new Set([...Object.keys(one.settings.values), ...Object.keys(other.settings.values)]);
  const text = (value) => JSON.stringify(value);
  const values = [...names].filter(
    (name) =>
      text(one.settings.values[name]) !== text(other.settings.values[name]) && !(elsewhere && suitsOnePhoto(name)),
  );
  const others = ["preset", "shape", "locked", "count", "options"].filter(
    (name) => text(one.settings[name]) !== text(other.settings[name]) && !(elsewhere && name === "shape"),
  );
  return [...others, ...values];
}

export const undo = () => step(past, future);
export const redo = () => step(future, past);

/** Takes up what was before, or after, and says what that is. What changed another photo's crop alone is passed over. */
async function step(from, to) {
  const here = now;
  let next = here;
  while (from.length && !differences(here, next).length)
    next = { settings: fitted(from.pop(), here), photo: here.photo };
  const changed = differences(here, next);
  if (changed.length) to.push(here);
  set({ steps: { past: past.length, future: future.length } });
  if (!changed.length) return;
  touched = { what: "", at: 0 };
  const were = resolved();
  now = next; // so that it is no change of its own
  set({ settings: next.settings });
  try {
    const { settings: are } = await api.resolve(asked());
    say(changed, were, are, here.settings);
  } catch (error) {
    showError(error);
  }
}

/** The settings, with what suits one photo alone as that photo has it, and with a preset that is still there. */
function fitted({ settings, photo }, here) {
  let { values, shape } = settings;
  const chosen = preset(settings.preset) ? settings.preset : get("server").default_preset;
  if (photo !== here.photo) {
    const stays = Object.entries(here.settings.values).filter(([name]) => suitsOnePhoto(name) && name !== "seed");
    const others = Object.entries(values).filter(([name]) => !suitsOnePhoto(name) || name === "seed");
    values = Object.fromEntries([...others, ...stays]);
    shape = here.settings.shape;
  }
  return { ...settings, preset: chosen, shape, values };
}

/** “Frames: 14”: the one thing that came back, or the preset, or how many. */
function say(changed, were, are, before) {
  const settings = get("settings");
  const row = changed.map(parameter).find(Boolean);
  let words = "";
  if (before.preset !== settings.preset) words = t("Preset: {name}", { name: preset(settings.preset).label });
  else if (changed.includes("seed")) words = seedWords(settings);
  else if (row) words = `${row.label}: ${wordsFor(row, are[row.name])}`;
  else if (changed.includes("shape")) words = t("Shape: {name}", { name: shapeWords(are) });
  else if (changed.includes("count")) words = t("Variations: {n}", { n: settings.count });
  else words = t("Settings as before");
  const more = changed.filter((name) => parameter(name) && were[name] !== are[name]).length - 1;
  const all = more > 0 && before.preset === settings.preset;
  toast(all ? t("{first}, and {n} more", { first: words, n: more }) : words, { about: "settings" });
}

const seedWords = ({ locked, values }) => (locked ? t("Seed: {seed}", { seed: values.seed }) : t("Seed: random"));

function shapeWords({ width, height }) {
  if (width === height) return t("Square");
  return width > height ? t("Landscape") : t("Portrait");
}

/** Undo and redo in words, near the presets, while there is something to go back to. */
export function createUndo() {
  const back = button(t("Undo"), undo, { class: "quiet", name: "undo", "aria-keyshortcuts": "Control+Z Meta+Z" });
  const forth = iconButton("redo", t("Redo"), redo, {
    "aria-keyshortcuts": "Control+Shift+Z Meta+Shift+Z",
  });
  const row = h("div", { class: "undo" }, back, forth);
  watch(["steps"], () => {
    const { past: before, future: after } = get("steps");
    row.hidden = !before && !after;
    back.disabled = !before;
    forth.hidden = !after;
  });
  return row;
}
