/**
 * The settings of the next video: a preset and what departs from it. What they come to, the server says.
 *
 * @typedef {{preset: string, shape: string|null, values: Object, options: Object, locked: boolean, count: number}} Settings
 * `values` holds only what was chosen by hand, `options` how it is to be run; `locked` says whether values.seed is kept
 * for the next run, `count` how many variations that makes.
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
  const fresh = withFirstModel({
    preset: get("server").default_preset,
    shape: null,
    values: {},
    options: {},
    locked: false,
    count: 1,
  });
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
function withFirstModel(settings) {
  if (isInstalled(model(get("server").default_model))) return settings;
  const builtIn = get("models").find((row) => row.state === "built in");
  return builtIn ? { ...settings, values: { model: builtIn.id } } : settings;
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

/** The values that can be chosen beside a preset without making it another one, and that it does not choose itself. */
export function besides(values, name) {
  const chosen = preset(name).values;
  return Object.fromEntries(Object.entries(values).filter(([key]) => parameter(key)?.aside && !(key in chosen)));
}

/** Another preset; what does not belong to it (the focal point, the seed, the model where it has none) stays. */
export function choosePreset(name) {
  const settings = get("settings");
  rememberYours(settings);
  set({ settings: { ...settings, preset: name, values: { ...besides(settings.values, name), ...modelOf(name) } } });
}

/** The model of an own preset, which is chosen with it: the next preset leaves it as it is. */
export const modelOf = (name) => (preset(name).own ? { model: preset(name).values.model } : {});

export function chooseYours() {
  const kept = yours();
  const settings = get("settings");
  const stays = Object.entries(settings.values).filter(([name]) => OF_THE_PHOTO.includes(name));
  if (kept) set({ settings: { ...settings, ...kept, values: { ...kept.values, ...Object.fromEntries(stays) } } });
}

function rememberYours({ preset, values }) {
  if (isPlainPreset()) return;
  const kept = Object.entries(values).filter(([name]) => !OF_THE_PHOTO.includes(name));
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
  const { model: _, ...values } = settings.values;
  const made = preset(settings.preset).values.model;
  const next = made && made !== id && !preset(settings.preset).own ? get("server").default_preset : settings.preset;
  const implied = preset(next).values.model ?? get("server").default_model;
  set({ settings: { ...settings, preset: next, values: implied === id ? values : { ...values, model: id } } });
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
  return { ...get("settings"), preset: answer.preset, shape: answer.shape, values, locked: keepSeed };
}
