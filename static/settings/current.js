/**
 * The settings of the next video: a preset and what departs from it. What they come to, the server says.
 *
 * @typedef {{preset: string, shape: string|null, model: string, values: Object, options: Object, locked: boolean,
 *   count: number}} Settings
 * `values` holds only what was chosen by hand, `options` how it is to be run; `locked` says whether values.seed is kept
 * for the next run, `count` how many variations that makes. `model` is the one that was chosen: a preset made for
 * another has that instead, and the next preset has the chosen one again.
 */

import { api } from "../base/api.js";
import { get, isInstalled, model, set } from "../base/store.js";
import { keepYours, keptPhoto, keptSettings, known, yours } from "./kept.js";

const OF_THE_PHOTO = ["focus", "fit", "width", "height", "seed"]; // they suit one photo, and no other

/** Whether a setting suits one photo, and is in no preset. */
export const suitsOnePhoto = (name) => OF_THE_PHOTO.includes(name);

export const parameter = (name) => get("server").parameters.find((row) => row.name === name);
export const preset = (name) => get("server").presets.find((row) => row.name === name);

/** Takes up what this tab had, or begins with the default; resolves when the server has said what it comes to. */
export async function startSettings() {
  const fresh = withPreset(
    { shape: null, model: firstModel(), values: {}, options: {}, locked: false, count: 1 },
    get("server").default_preset,
  );
  set({ settings: keptSettings(fresh), photo: keptPhoto() });
  try {
    await resolve();
  } catch (error) {
    if (![400, 422].includes(error.status)) throw error;
    set({ settings: fresh, photo: null }); // what was kept is none any more, after an update
    await resolve();
  }
}

/** Nothing to download comes first: until the default model is here, the built-in one is chosen, for all to see. */
function firstModel() {
  const id = get("server").default_model;
  const builtIn = get("models").find(({ state }) => state === "built in");
  return isInstalled(model(id)) || !builtIn ? id : builtIn.id;
}

/** The values with this model, which is named unless one of our presets implies it. */
function withModel({ model: _, ...values }, name, id) {
  const { own, values: implied } = preset(name);
  return implied.model === id && !own ? values : { ...values, model: id };
}

/** What the server is asked about: the settings, and the photo they are for; its size is enough. */
export function asked(settings = get("settings"), photo = get("photo")) {
  const { preset, shape, values, locked } = settings;
  const { seed, ...others } = values;
  const suggested = photo?.subject && { focus: photo.subject };
  return {
    preset,
    settings: { ...suggested, ...(locked ? values : others) },
    ...(shape && { shape }),
    ...(photo && { width: photo.width, height: photo.height }),
  };
}

let latest = 0;

/** Asks the server what the settings come to; of answers that overtake each other the last one counts. */
export async function resolve(signal) {
  const mine = ++latest;
  const answer = await api.resolve(asked(), signal);
  if (mine === latest) set({ resolved: answer });
}

/** Takes up a photo and settings for it, at once with what they come to, so that nothing is shown in another shape. */
export async function takeUp(photo, settings, signal) {
  const answer = await api.resolve(asked(settings, photo), signal);
  signal?.throwIfAborted();
  latest++; // what was asked before is about something else
  set({ photo, settings, resolved: answer, view: "photo" });
}

/** What is chosen, without what suits the photo it was chosen for alone. */
export function forAnotherPhoto() {
  const { focus, ...values } = get("settings").values;
  return { ...get("settings"), shape: null, values };
}

/** Every setting as it will be: as the server said last, and what was chosen since. */
export const resolved = () => ({ ...get("resolved").settings, ...get("settings").values });

export function anySeed() {
  const { minimum, maximum } = parameter("seed");
  return minimum + Math.floor(Math.random() * (maximum - minimum + 1));
}

/** The seed so many further on; after the last one comes the first. */
export function nextSeed(seed, by = 1) {
  const { minimum, maximum } = parameter("seed");
  return minimum + ((seed - minimum + by) % (maximum - minimum + 1));
}

/** Whether nothing departs from the preset. */
export const isPlainPreset = () => get("resolved").changed.length === 0;

/**
 * Another preset's settings. What can be chosen beside it, and it does not choose itself, stays: the focal point, the seed,
 * the model. With `id`, it is to be made with that model instead of its own.
 */
export function withPreset(settings, name, id = preset(name).values.model ?? settings.model) {
  const chosen = preset(name).values;
  const beside = Object.entries(settings.values).filter(([key]) => parameter(key)?.aside && !(key in chosen));
  return { ...settings, preset: name, values: withModel(Object.fromEntries(beside), name, id) };
}

/** Another preset, made with the model of this `id`, or with its own or the chosen one. */
export function choosePreset(name, id) {
  const settings = get("settings");
  rememberYours(settings);
  set({ settings: withPreset(settings, name, id) });
}

/** Those again, as a preset is chosen. */
export function chooseYours(id) {
  const kept = yours();
  if (!kept) return;
  const settings = get("settings");
  const stays = Object.entries(settings.values).filter(([name]) => OF_THE_PHOTO.includes(name));
  const { values } = withPreset({ ...settings, values: {} }, kept.preset, id); // the model
  set({
    settings: { ...settings, preset: kept.preset, values: { ...kept.values, ...values, ...Object.fromEntries(stays) } },
  });
}

function rememberYours({ preset, values }) {
  if (isPlainPreset()) return;
  const kept = Object.entries(values).filter(([name]) => name !== "model" && !OF_THE_PHOTO.includes(name));
  keepYours(preset, Object.fromEntries(kept));
}

/** Sets some of the values by hand. A value of undefined goes back to what the preset says. */
export function setValues(values) {
  const settings = get("settings");
  const merged = { ...settings.values, ...values };
  for (const [name, value] of Object.entries(merged)) if (value === undefined) delete merged[name];
  set({ settings: { ...settings, values: merged } });
}

/** Says of an option how the next video is to be run. */
export function setOption(name, value) {
  const settings = get("settings");
  set({ settings: { ...settings, options: { ...settings.options, [name]: value } } });
}

export function chooseShape(shape) {
  const { width, height, ...values } = get("settings").values;
  set({ settings: { ...get("settings"), shape, values } });
}

/** A model by hand: a preset that is made for another one gives way to the default. */
export function chooseModel(id) {
  const settings = get("settings");
  const { values: implied, own } = preset(settings.preset);
  const next = implied.model && implied.model !== id && !own ? get("server").default_preset : settings.preset;
  set({ settings: { ...settings, model: id, preset: next, values: withModel(settings.values, next, id) } });
}

/** The settings of a clip for another photo than its own: without its crop, and turned as that is. */
export function ofAnother({ focus, fit, ...made }, photo) {
  const turned = photo.width > photo.height !== made.width > made.height;
  return turned ? { ...made, width: made.height, height: made.width } : made;
}

/** What of the settings of a clip departs from the preset of that name: their names. */
export async function departuresOf(made, name) {
  const wanted = { preset: preset(name) ? name : get("server").default_preset, values: known(made), locked: true };
  return (await api.resolve(asked(wanted, made))).changed; // as of a photo in the clip's own shape
}

/** What makes a video with these settings again, of this photo: the preset of that name, and what departs from it. */
export async function settingsOf(made, name, photo, { keepSeed, signal }) {
  const wanted = { preset: preset(name) ? name : get("server").default_preset, values: known(made), locked: keepSeed };
  const answer = await api.resolve(asked(wanted, photo), signal);
  const { width, height, ...others } = answer.given;
  // A clip's focal point is chosen, even if it is the middle: no other is suggested.
  const values = { ...(made.focus && { focus: made.focus }), ...(answer.shape ? others : answer.given) };
  const { preset: found, shape } = answer;
  const id = answer.settings.model;
  const chosen = preset(found).values.model === id ? get("settings").model : id;
  return {
    ...get("settings"),
    preset: found,
    shape,
    model: chosen,
    values: withModel(values, found, id),
    locked: keepSeed,
  };
}
