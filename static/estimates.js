/** What each preset and the choice itself would take on this machine, asked anew when something has changed. */

import { api } from "./api.js";
import { given } from "./choice.js";
import { debounced } from "./dom.js";
import { get, set, watch } from "./store.js";

const WAIT = 120; // ms of rest before the server is asked

let asked = { choice: "", cards: "" };
let aborts = { choice: null, cards: null };

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
  const abort = (aborts[kind] = new AbortController());
  try {
    await work(abort.signal);
  } catch (error) {
    if (error.name === "AbortError" || aborts[kind] !== abort) return;
    asked[kind] = ""; // not answered: the next change asks again
    if (kind === "choice") set({ estimate: { error } });
  }
}

const askChoice = debounced(() => {
  const { preset } = get("choice");
  const wanted = { ...photoOf(get("photo")), preset, settings: given() };
  ask("choice", JSON.stringify([wanted, budget(), models()]), async (signal) =>
    set({ estimate: await api.estimate(wanted, signal) }),
  );
}, WAIT);

const askCards = debounced(() => {
  const choice = get("choice");
  const bare = Object.fromEntries(
    Object.entries(choice.values).filter(([name]) => name === "model" || name === "precision"),
  );
  const wanted = get("settings").presets.map(({ name, values }) => {
    const { model, ...others } = bare;
    const settings = given({ ...choice, preset: name, values: values.model ? others : bare, locked: false });
    return { ...photoOf(get("photo")), preset: name, settings };
  });
  ask("cards", JSON.stringify([wanted, budget(), models()]), async (signal) => {
    const answers = await Promise.all(wanted.map((one) => api.estimate(one, signal)));
    set({ cards: Object.fromEntries(answers.map((answer, index) => [wanted[index].preset, answer])) });
  });
}, WAIT);

export function keepEstimating() {
  watch(["choice", "photo", "machine", "models", "settings", "connection"], () => {
    if (!get("choice") || get("connection") === "gone") return;
    askChoice();
    askCards();
  });
}
