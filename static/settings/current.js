/**
 * The settings of the next video: a preset and what departs from it.
 *
 * @typedef {{preset: string, shape: string|null, values: Object, locked: boolean, gentle: boolean}} Settings
 * `values` holds only what was chosen by hand; `locked` says whether values.seed is kept for the next run.
 */

import { get, isInstalled, model, set } from "../base/store.js";

const KEPT = "videoai.settings"; // for this tab: a reload, or a phone that put the page away
const YOURS = "videoai.yours"; // the last settings that departed from a preset
const ASIDE = ["focus", "fit", "seed", "precision", "model"]; // they do not make a preset another one

export function startSettings() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const { default_preset: preset, presets } = get("server");
  const fresh = { preset, shape: null, values: {}, locked: false, gentle: false };
  const known = presets.some((other) => other.name === kept?.settings.preset);
  set({ settings: known ? { ...fresh, ...kept.settings } : withFirstModel(fresh), photo: kept?.photo ?? null });
}

/** Nothing to download comes first: until the default model is here, the built-in one is chosen, for all to see. */
function withFirstModel(current) {
  if (isInstalled(model(get("server").default_model))) return current;
  const builtIn = get("models").find((row) => row.state === "built in");
  return builtIn ? { ...current, values: { model: builtIn.id } } : current;
}

export function keepSettings() {
  sessionStorage.setItem(KEPT, JSON.stringify({ settings: get("settings"), photo: get("photo") }));
}

export const parameter = (name) => get("server").parameters.find((row) => row.name === name);
export const preset = (name) => get("server").presets.find((row) => row.name === name);

export const photoShape = () => get("photo")?.shape ?? "landscape";

export function shapeOf(width, height) {
  return width === height ? "square" : width > height ? "landscape" : "portrait";
}

/** Every setting as it will be, by the server's order: defaults, preset, what the model recommends, what was chosen. */
export function resolved(current = get("settings")) {
  const { parameters } = get("server");
  const chosen = preset(current.preset);
  const [width, height] = chosen.sizes[current.shape ?? photoShape()];
  const defaults = Object.fromEntries(parameters.map((row) => [row.name, row.default]));
  const recommended = current.values.model ? model(current.values.model)?.recommended : {};
  return { ...defaults, ...chosen.values, width, height, ...recommended, ...current.values };
}

/** What the server is told: only what was chosen. */
export function chosenValues(current = get("settings")) {
  const values = { ...current.values };
  if (!current.locked) delete values.seed;
  const sized = "width" in values || "height" in values;
  if (sized || (current.shape && current.shape !== photoShape())) {
    const { width, height } = resolved(current);
    Object.assign(values, { width, height });
  }
  return values;
}

/** Whether nothing departs from the preset. */
export const isPlainPreset = (current = get("settings")) =>
  Object.keys(current.values).every((name) => ASIDE.includes(name));

/** Another preset; what does not belong to it (the focal point, the seed, the model where it has none) stays. */
export function choosePreset(name, current = get("settings")) {
  rememberYours(current);
  const values = Object.fromEntries(Object.entries(current.values).filter(([key]) => ASIDE.includes(key)));
  if (preset(name).values.model) delete values.model;
  return set({ settings: { ...current, preset: name, values } });
}

/** The settings that departed from a preset, as they were last. */
export function yours() {
  const kept = JSON.parse(localStorage.getItem(YOURS) ?? "null");
  return kept && preset(kept.preset) ? kept : null;
}

export function chooseYours() {
  const kept = yours();
  const { focus, fit, seed } = get("settings").values;
  const aside = Object.fromEntries(Object.entries({ focus, fit, seed }).filter(([, value]) => value !== undefined));
  if (kept) set({ settings: { ...get("settings"), preset: kept.preset, values: { ...kept.values, ...aside } } });
}

function rememberYours(current) {
  if (isPlainPreset(current)) return;
  const { focus, fit, seed, width, height, ...values } = current.values;
  localStorage.setItem(YOURS, JSON.stringify({ preset: current.preset, values }));
}

/** Sets some of the values by hand. A value of undefined goes back to what the preset says. */
export function setValues(values) {
  const current = get("settings");
  const merged = { ...current.values, ...values };
  for (const [name, value] of Object.entries(merged)) if (value === undefined) delete merged[name];
  set({ settings: { ...current, values: merged } });
}

export function chooseShape(shape) {
  const { width, height, ...values } = get("settings").values;
  set({ settings: { ...get("settings"), shape, values } });
}

/** A model by hand: a preset that is made for another one gives way to the default. */
export function chooseModel(id) {
  const current = get("settings");
  const { model: _, ...values } = current.values;
  const made = preset(current.preset).values.model;
  const next = made && made !== id ? get("server").default_preset : current.preset;
  const implied = preset(next).values.model ?? get("server").default_model;
  set({ settings: { ...current, preset: next, values: implied === id ? values : { ...values, model: id } } });
}

/** What would make a video with these settings again: the preset of that name, and what departs from it. */
export function settingsOf(settings, name, photo, { keepSeed }) {
  const fresh = {
    preset: preset(name) ? name : get("server").default_preset,
    shape: null,
    values: {},
    locked: false,
  };
  const values = {};
  const plain = resolved({ ...fresh, shape: photo.shape, values: {} });
  for (const [key, value] of Object.entries(settings)) {
    if (key !== "seed" && parameter(key) && JSON.stringify(plain[key]) !== JSON.stringify(value)) values[key] = value;
  }
  if (keepSeed) values.seed = settings.seed;
  const shape = shapeOf(settings.width, settings.height);
  const [width, height] = preset(fresh.preset).sizes[shape];
  if (width === settings.width && height === settings.height) {
    delete values.width;
    delete values.height;
    fresh.shape = shape === photo.shape ? null : shape;
  } else Object.assign(values, { width: settings.width, height: settings.height });
  return { ...get("settings"), ...fresh, values, locked: Boolean(keepSeed) };
}
