/** What each preset and the next video would take on this machine, asked anew when something has changed. */

import { api } from "../base/api.js";
import { debounced } from "../base/dom.js";
import { get, set, watch } from "../base/store.js";
import { chosenValues } from "./current.js";

const WAIT = 120; // ms of rest before the server is asked

const asked = { settings: "", presets: "" };
const aborts = { settings: null, presets: null };

/** The photo as an estimate needs it: the shape is enough. */
function photoOf(photo) {
  return photo ? { photo_id: photo.id } : {};
}

/** The memory that can be had, coarsely: a few megabytes more or less are no news. */
const budget = () => Math.round((get("machine")?.budget_bytes ?? 0) / 128 / 1024 ** 2);
const models = () =>
  get("models")
    .map((row) => `${row.id} ${row.state}`)
    .join();

async function ask(kind, key, work) {
  if (asked[kind] === key) return;
  asked[kind] = key;
  aborts[kind]?.abort();
  const abort = new AbortController();
  aborts[kind] = abort;
  try {
    await work(abort.signal);
  } catch (error) {
    if (error.name === "AbortError" || aborts[kind] !== abort) return;
    asked[kind] = ""; // not answered: the next change asks again
    if (kind === "settings") set({ estimate: { error } });
  }
}

const askSettings = debounced(() => {
  const { preset } = get("settings");
  const wanted = { ...photoOf(get("photo")), preset, settings: chosenValues() };
  ask("settings", JSON.stringify([wanted, budget(), models()]), async (signal) =>
    set({ estimate: await api.estimate(wanted, signal) }),
  );
}, WAIT);

const askPresets = debounced(() => {
  const current = get("settings");
  const bare = Object.fromEntries(
    Object.entries(current.values).filter(([name]) => name === "model" || name === "precision"),
  );
  const wanted = get("server").presets.map(({ name, values }) => {
    const { model, ...others } = bare;
    const settings = chosenValues({ ...current, preset: name, values: values.model ? others : bare, locked: false });
    return { ...photoOf(get("photo")), preset: name, settings };
  });
  ask("presets", JSON.stringify([wanted, budget(), models()]), async (signal) => {
    const answers = await Promise.all(wanted.map((one) => api.estimate(one, signal)));
    set({ presetEstimates: Object.fromEntries(answers.map((answer, index) => [wanted[index].preset, answer])) });
  });
}, WAIT);

export function keepEstimating() {
  watch(["settings", "photo", "machine", "models", "server", "connection"], () => {
    if (!get("settings") || get("connection") === "gone") return;
    askSettings();
    askPresets();
  });
}
