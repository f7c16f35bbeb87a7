/** What the settings come to, and what they and each preset would take here: asked anew when something has changed. */

import { api } from "../base/api.js";
import { debounced } from "../base/dom.js";
import { get, modelsAndExtras, set, watch } from "../base/store.js";
import { asked, parameter, resolve, withPreset } from "./current.js";

const REST = 120; // ms of rest before the server is asked what it takes
const PAUSE = 30; // ms, while a slider moves
const ALONE = 30_000; // ms without a touch of mouse, finger or key, after which nobody is there
const NOTABLE = 256 * 1024 ** 2; // bytes of memory that come or go with a program; less wavers all the time

const answered = { settings: "", presets: "", resolved: "" };
const aborts = { settings: null, presets: null, resolved: null };

/** Does the work unless it was done for the same question, and gives up what an earlier question began. */
async function ask(kind, question, work) {
  const key = JSON.stringify(question);
  if (answered[kind] === key) return;
  answered[kind] = key;
  aborts[kind]?.abort();
  const abort = new AbortController();
  aborts[kind] = abort;
  try {
    await work(abort.signal);
  } catch (error) {
    if (error.name === "AbortError" || aborts[kind] !== abort) return;
    answered[kind] = ""; // the next change asks again
    if (kind === "settings") set({ estimate: { error } });
    // What was said last is of other values: it means nothing of these, and they are no preset's.
    if (kind === "resolved") set({ resolved: { ...get("resolved"), hints: {}, changed: chosenByHand() } });
  }
}

let counted = 0; // bytes

/** The memory that can be had, as it was when it last moved by much. */
function budget() {
  const now = get("machine")?.budget_bytes ?? 0;
  if (Math.abs(now - counted) > NOTABLE) counted = now;
  return counted;
}

const models = () => modelsAndExtras().map((row) => `${row.id} ${row.state}`);

const chosenByHand = () => Object.keys(get("settings").values).filter((name) => !parameter(name)?.aside);

const askResolved = debounced(() => ask("resolved", asked(), resolve), PAUSE);

const askSettings = debounced(() => {
  const wanted = asked();
  ask("settings", [wanted, budget(), models()], async (signal) =>
    set({ estimate: await api.estimate(wanted, signal) }),
  );
}, REST);

const askPresets = debounced(() => {
  const settings = get("settings");
  const wanted = get("server").presets.map(({ name }) => asked({ ...withPreset(settings, name), locked: false }));
  ask("presets", [wanted, budget(), models()], async (signal) => {
    const answers = await Promise.all(wanted.map((one) => api.estimate(one, signal)));
    set({ presetEstimates: Object.fromEntries(answers.map((answer, index) => [wanted[index].preset, answer])) });
  });
}, REST);

export function keepEstimating() {
  watch(["settings", "photo", "connection"], () => get("connection") !== "gone" && askResolved());
  watch(["settings", "photo", "models", "extras", "server", "connection"], estimate);
  document.addEventListener("visibilitychange", estimate);
  watch(["machine"], () => {
    if (performance.now() - used < ALONE) estimate();
    else isOwed = true;
  });
  for (const sign of ["pointermove", "pointerdown", "keydown"]) window.addEventListener(sign, use, { passive: true });
}

let used = performance.now(); // when somebody last did something
let isOwed = false; // the memory has changed since

/** Memory comes and goes all day: what that means is asked once somebody is there again. */
function use() {
  used = performance.now();
  if (!isOwed) return;
  isOwed = false;
  estimate();
}

/** For somebody who looks, and of a server that answers. */
function estimate() {
  if (document.hidden || get("connection") === "gone") return;
  askSettings();
  askPresets();
}
