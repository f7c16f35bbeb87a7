/**
 * Back and Forward. Each view that a person goes to is an entry of the browser's history, with the clip in its address;
 * what lies over the page is one more, so that Back closes it. An entry's state is {place, depth, before}: the id of the
 * clip, or "" for the photo; how much lies over it; the place of the entry before.
 */

import { api } from "./base/api.js";
import { t } from "./base/language.js";
import { closeDownTo, depth, lay, watchLayers } from "./base/layers.js";
import { showError, toast } from "./base/overlays.js";
import { hash } from "./base/storage.js";
import { get, putJob, runningJob, set, watch } from "./base/store.js";
import { restore } from "./clips/actions.js";
import { setChoosing } from "./clips/choosing.js";

const IS_ID = /^[0-9a-z]{14}$/; // of a job

/** In which the page waits for an answer, as under a panel; and what leaves them. */
const MODES = {
  pairing: () => set({ pairing: null }),
  trimming: () => set({ trimming: null }),
  chosen: () => setChoosing(false),
};

const PATIENCE = 2000; // ms that a browser has for a step

let stepping = false; // a step was asked for, and the browser has not taken it yet
let byItself = false; // the page goes somewhere that nobody has asked for
let waiting = 0; // the timer of a step

/** Begins with what the address says, so that a reload comes back to it, and keeps the history from then on. */
export function keepHistory() {
  const place = addressed();
  if (place) set({ jobId: place, view: "clip" });
  history.scrollRestoration = "manual";
  write("replaceState", { depth: 0, before: null, ...history.state, place: here() });
  for (const [mode, leave] of Object.entries(MODES)) layWhile(mode, leave);
  watch(["view", "jobId"], settle);
  watchLayers(() => queueMicrotask(settle)); // one panel may follow another
  window.addEventListener("popstate", ({ state }) => come(state));
}

/** Opened in the middle of a run, with nothing else on the stage, the page shows that run; or else what it was asked for. */
export function comeBack() {
  const active = runningJob();
  const wanted = get("jobId");
  if (wanted) find(wanted);
  else if (active && !get("photo")) goByItself({ jobId: active.id, view: "clip" });
}

/** From a clip to the photo: back, if it was there before. */
export function leaveClip() {
  const { before, depth: over } = history.state;
  const show = () => set({ view: "photo" });
  if (before === "" && !over && !stepping) go(-1, show);
  else show();
}

/** What the address names; nothing, if that can be no clip. */
const addressed = () => (IS_ID.test(hash()) ? hash() : "");

const here = () => (get("view") === "clip" && get("jobId")) || "";

function goByItself(values) {
  byItself = true;
  set(values);
  queueMicrotask(() => {
    byItself = false;
  });
}

function layWhile(mode, leave) {
  let gone = null;
  watch([mode], () => {
    const on = Boolean(get(mode));
    if (on) gone ??= lay(leave);
    else {
      gone?.();
      gone = null;
    }
  });
}

/** Brings the history to where the page is. */
function settle() {
  if (stepping) return;
  const over = depth() - history.state.depth;
  if (over < 0) step(over);
  else if (over > 0)
    for (let more = 0; more < over; more++)
      write("pushState", { ...history.state, depth: history.state.depth + 1 }, location.href);
  else if (!depth() && here() !== history.state.place) {
    const was = history.state;
    const isGone = was.place && !get("jobs").has(was.place); // nobody shall come back to that
    if (byItself || isGone) write("replaceState", { ...was, place: here() });
    else write("pushState", { place: here(), depth: 0, before: was.place });
  }
}

function step(by) {
  stepping = true;
  go(by, () => {
    stepping = false; // the entry that is there becomes the page's
    write("replaceState", { ...history.state, place: here(), depth: depth() });
  });
}

/** Goes through the browser's history; `otherwise` is called if it goes nowhere, as where there is no such entry. */
function go(by, otherwise) {
  clearTimeout(waiting);
  waiting = setTimeout(otherwise, PATIENCE);
  history.go(by);
}

/** The browser has come to an entry: by a step of the page's own, by Back or Forward, or by an address that was typed. */
function come(state) {
  clearTimeout(waiting);
  if (stepping) {
    stepping = false;
    settle();
    return;
  }
  const over = depth();
  const { place, depth: under } = state ?? { place: addressed(), depth: 0 };
  if (!state) write("replaceState", { place, depth: 0, before: here() }, location.href);
  closeDownTo(under);
  if (over > under && state) {
    settle(); // closing was all that was asked for
    return;
  }
  if (over < under) {
    step(over - under); // what lay there once is not opened again
    return;
  }
  if (place === here()) return;
  set(place ? { jobId: place, view: "clip" } : { view: "photo" });
  scrollTo({ top: 0 });
  if (place) find(place);
}

/** Sees to it that a clip is known; if there is none any more, the photo is shown. */
async function find(id) {
  if (get("jobs").has(id)) return;
  set({ finding: id });
  try {
    const job = await api.job(id);
    if (!job.binned) {
      putJob(job);
      return;
    }
    toast(t("“{title}” is in the bin.", { title: job.title }), {
      action: { label: t("Restore"), act: () => restore(id, { show: true }) },
    });
  } catch (error) {
    if (error.status !== 404) {
      showError(error);
      return;
    }
    toast(t("This clip no longer exists."));
  } finally {
    if (get("finding") === id) set({ finding: null });
  }
  if (get("jobId") === id) goByItself({ jobId: null, view: "photo" });
}

function write(verb, state, address = state.place ? `#${state.place}` : location.pathname) {
  try {
    history[verb](state, "", address);
  } catch {
    // A browser that was asked too often in a short time says no: the address stays as it is.
    history.replaceState(state, "");
  }
}
