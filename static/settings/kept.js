/**
 * What a browser kept of the settings and the photo, for this tab and for the next time. It may be of another version,
 * cut off, or of nobody's making: each part of it counts only if it can be one.
 */

import { keep, recall } from "../base/storage.js";
import { get } from "../base/store.js";

const KEPT = "settings"; // for this tab: a reload, or a phone that put the page away
const YOURS = "yours"; // the last settings that departed from a preset

const SHAPES = ["landscape", "square", "portrait"];

const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);
const inside = (value, name) => (isObject(value) && isObject(value[name]) ? value[name] : {});
const isPoint = (value) =>
  Array.isArray(value) &&
  value.length === 2 &&
  value.every((each) => typeof each === "number" && each >= 0 && each <= 1);
const isLength = (value) => Number.isInteger(value) && value > 0;
const only = (values, can) => Object.fromEntries(Object.entries(values).filter(([name, value]) => can(name, value)));

/** Those of the values that the server has parameters for: a version before, or after, may have others. */
export const known = (values) => only(values, (name) => get("server").parameters.some((row) => row.name === name));

const isPreset = (name) => get("server").presets.some((row) => row.name === name);

/** The settings that this tab had, or `fresh` ones. */
export function keptSettings(fresh) {
  const found = inside(recall(KEPT, { tab: true }), "settings");
  if (!isPreset(found.preset)) return fresh;
  return {
    preset: found.preset,
    shape: SHAPES.includes(found.shape) ? found.shape : null,
    model: typeof found.model === "string" ? found.model : fresh.model,
    values: known(inside(found, "values")),
    options: only(inside(found, "options"), (name, value) => isOption(name) && typeof value === "boolean"),
    locked: found.locked === true,
    count: isLength(found.count) ? found.count : fresh.count,
  };
}

const isOption = (name) => get("server").options.some((row) => row.name === name);

/** The photo that this tab had, or null. */
export function keptPhoto() {
  const found = inside(recall(KEPT, { tab: true }), "photo");
  const { id, url, name, width, height } = found;
  if (typeof id !== "string" || url !== `/api/photos/${id}.jpg` || !isLength(width) || !isLength(height)) return null;
  const subject = isPoint(found.subject) ? found.subject : undefined; // it is asked for again
  return { ...found, name: typeof name === "string" ? name : "", subject };
}

/** The settings that departed from a preset, as they were last: its name and the values; or null. */
export function yours() {
  const found = recall(YOURS);
  return isObject(found) && isPreset(found.preset)
    ? { preset: found.preset, values: known(inside(found, "values")) }
    : null;
}

export function keepSettings() {
  keep(KEPT, { settings: get("settings"), photo: get("photo") }, { tab: true });
}

export function keepYours(preset, values) {
  keep(YOURS, { preset, values });
}
