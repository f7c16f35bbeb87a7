/**
 * What is chosen for the next video: a preset and what departs from it.
 *
 * @typedef {{preset: string, shape: string|null, values: Object, locked: boolean, gentle: boolean}} Choice
 * `values` holds only what was chosen by hand; `locked` says whether values.seed is kept for the next run.
 */

import { get, isHere, model, set } from "./store.js";

const KEPT = "videoai.choice"; // for this tab: a reload, or a phone that put the page away
const YOURS = "videoai.yours"; // the last settings that departed from a preset
const ASIDE = ["focus", "fit", "seed", "precision", "model"]; // they do not make a preset another one

export function startChoice() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  const { default_preset: preset, presets } = get("settings");
  const fresh = { preset, shape: null, values: {}, locked: false, gentle: false };
  const known = presets.some((other) => other.name === kept?.choice.preset);
  set({ choice: known ? { ...fresh, ...kept.choice } : withFirstModel(fresh), photo: kept?.photo ?? null });
}

/** Nothing to download comes first: until the default model is here, the built-in one is chosen, for all to see. */
function withFirstModel(choice) {
  if (isHere(model(get("settings").default_model))) return choice;
  const builtIn = get("models").find((row) => row.state === "built in");
  return builtIn ? { ...choice, values: { model: builtIn.id } } : choice;
}

export function keepChoice() {
  sessionStorage.setItem(KEPT, JSON.stringify({ choice: get("choice"), photo: get("photo") }));
}

export const parameter = (name) => get("settings").parameters.find((row) => row.name === name);
export const preset = (name) => get("settings").presets.find((row) => row.name === name);

export const photoShape = () => get("photo")?.shape ?? "landscape";

export function shapeOf(width, height) {
  return width === height ? "square" : width > height ? "landscape" : "portrait";
}

/** Every setting as it will be, by the server's order: defaults, preset, what the model recommends, what was chosen. */
export function settled(choice = get("choice")) {
  const { parameters } = get("settings");
  const chosen = preset(choice.preset);
  const [width, height] = chosen.sizes[choice.shape ?? photoShape()];
  const defaults = Object.fromEntries(parameters.map((row) => [row.name, row.default]));
  const recommended = choice.values.model ? model(choice.values.model)?.recommended : {};
  return { ...defaults, ...chosen.values, width, height, ...recommended, ...choice.values };
}

/** What the server is told: only what was chosen. */
export function given(choice = get("choice")) {
  const values = { ...choice.values };
  if (!choice.locked) delete values.seed;
  const sized = "width" in values || "height" in values;
  if (sized || (choice.shape && choice.shape !== photoShape())) {
    const { width, height } = settled(choice);
    Object.assign(values, { width, height });
  }
  return values;
}

/** Whether the choice is the preset itself. */
export const isPreset = (choice = get("choice")) => Object.keys(choice.values).every((name) => ASIDE.includes(name));

/** Another preset; what does not belong to it (the focal point, the seed, the model where it has none) stays. */
export function choosePreset(name, choice = get("choice")) {
  rememberYours(choice);
  const values = Object.fromEntries(Object.entries(choice.values).filter(([key]) => ASIDE.includes(key)));
  if (preset(name).values.model) delete values.model;
  return set({ choice: { ...choice, preset: name, values } });
}

/** The choice that departs from a preset, as it was last. */
export function yours() {
  const kept = JSON.parse(localStorage.getItem(YOURS) ?? "null");
  return kept && preset(kept.preset) ? kept : null;
}

export function chooseYours() {
  const kept = yours();
  const { focus, fit, seed } = get("choice").values;
  const aside = Object.fromEntries(Object.entries({ focus, fit, seed }).filter(([, value]) => value !== undefined));
  if (kept) set({ choice: { ...get("choice"), preset: kept.preset, values: { ...kept.values, ...aside } } });
}

function rememberYours(choice) {
  if (isPreset(choice)) return;
  const { focus, fit, seed, width, height, ...values } = choice.values;
  localStorage.setItem(YOURS, JSON.stringify({ preset: choice.preset, values }));
}

/** Sets some of the values by hand. A value of undefined goes back to what the preset says. */
export function choose(values) {
  const choice = get("choice");
  const merged = { ...choice.values, ...values };
  for (const [name, value] of Object.entries(merged)) if (value === undefined) delete merged[name];
  set({ choice: { ...choice, values: merged } });
}

export function chooseShape(shape) {
  const { width, height, ...values } = get("choice").values;
  set({ choice: { ...get("choice"), shape, values } });
}

/** A model by hand: a preset that is made for another one gives way to the default. */
export function chooseModel(id) {
  const choice = get("choice");
  const { model: _, ...values } = choice.values;
  const made = preset(choice.preset).values.model;
  const next = made && made !== id ? get("settings").default_preset : choice.preset;
  const implied = preset(next).values.model ?? get("settings").default_model;
  set({ choice: { ...choice, preset: next, values: implied === id ? values : { ...values, model: id } } });
}

/** The choice that would make a video with these settings again: the preset of that name, and what departs from it. */
export function choiceFrom(settings, name, photo, { keepSeed }) {
  const fresh = {
    preset: preset(name) ? name : get("settings").default_preset,
    shape: null,
    values: {},
    locked: false,
  };
  const values = {};
  const plain = settled({ ...fresh, shape: photo.shape, values: {} });
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
  return { ...get("choice"), ...fresh, values, locked: Boolean(keepSeed) };
}
