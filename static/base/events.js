/** The stream of events, kept alive through sleep, lock screens and restarts of the server. */

import { address, api } from "./api.js";
import { dropJob, get, listOf, PAGE, putJob, putModel, putPresets, set, UNFINISHED } from "./store.js";

const POLL = 3000; // ms, while there is no stream
const STREAM_AGAIN = 30_000; // ms, until a stream is tried again while polling
const MOST_ACTIVE = 200; // jobs that wait or run; the server takes no more than half of that
const ASLEEP = 5000; // ms hidden, after which a phone may have cut the line silently

let source = null;
let timer = 0;
let pollingSince = 0;
let hiddenSince = 0;

const heard = {
  snapshot: takeAll,
  job: putJob,
  removed: ({ id }) => dropJob(id),
  queue: takeQueue,
  bin: (bin) => set({ bin }),
  model: putModel,
  extra: putModel,
  machine: (machine) => set({ machine }),
  trouble: ({ trouble }) => set({ trouble }),
  presets: ({ presets }) => putPresets(presets),
};

/** Opens the stream and sees to it that there always is one, or polling instead. */
export function listenToEvents() {
  open();
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) hiddenSince = Date.now();
    else if (Date.now() - hiddenSince > ASLEEP) open();
  });
  window.addEventListener("pageshow", (event) => event.persisted && open());
  window.addEventListener("pagehide", close);
  window.addEventListener("online", open);
}

function close() {
  source?.close();
  source = null;
  clearTimeout(timer);
}

/** A new stream: its first event is a snapshot, so nothing missed matters. */
function open() {
  close();
  const mine = new EventSource(address("/api/events"));
  source = mine;
  for (const [name, take] of Object.entries(heard)) {
    mine.addEventListener(name, (event) => {
      take(JSON.parse(event.data));
      pollingSince = 0;
      set({ connection: "live" });
    });
  }
  mine.addEventListener("error", () => {
    // The browser tries again by itself after a broken line, never after a refusal.
    if (mine !== source) return;
    if (mine.readyState === EventSource.CLOSED) poll();
    else check();
  });
}

/** The line broke: either this was a moment, or the server is gone. */
async function check() {
  const mine = source;
  try {
    await api.models();
  } catch {
    if (mine === source) set({ connection: "gone" });
  }
}

async function poll() {
  close();
  pollingSince ||= Date.now();
  try {
    const lists = [{ state: "queued,running", limit: MOST_ACTIVE }, { state: "done" }, { state: UNFINISHED.join() }];
    const asked = [...lists.map((list) => api.jobs({ limit: PAGE, ...list })), api.models(), api.health()];
    const [active, done, unfinished, { models, extras }, { trouble = null }] = await Promise.all(asked);
    const jobs = [active, done, unfinished].flatMap((list) => list.jobs);
    const more = { done: done.more, unfinished: unfinished.more };
    takeAll({ ...active, jobs, more, models, extras, trouble });
    set({ connection: "polling" });
    if (Date.now() - pollingSince > STREAM_AGAIN) {
      pollingSince = 0;
      open();
      return;
    }
  } catch (error) {
    // Someone who answers, but not with this, is there all the same.
    set({ connection: error.status ? "polling" : "gone" });
    pollingSince = error.status ? pollingSince : 0;
    if (!error.status) {
      timer = setTimeout(open, POLL);
      return;
    }
  }
  timer = setTimeout(poll, POLL);
}

function takeQueue({ queue, paused, seconds_left: secondsLeft }) {
  set({ queue, paused, secondsLeft });
}

/** All active jobs and the newest of each list, at once. Older ones that were loaded stay; those deleted meanwhile go. */
function takeAll({ jobs, more, bin, models, extras, machine, trouble, presets, ...queue }) {
  if (presets) putPresets(presets);
  const now = new Map(jobs.map((job) => [job.id, job]));
  const known = [...get("jobs").values()];
  // One that was at work has ended out of sight: it may be anywhere.
  const lost = known.some((job) => !listOf(job) && !now.has(job.id));
  const edges = {};
  const older = [];
  for (const list of ["done", "unfinished"]) {
    const edge = more[list] ? jobs.findLast((job) => listOf(job) === list).id : "";
    const had = known.filter((job) => listOf(job) === list);
    const rest = had.filter(({ id }) => id < edge);
    const met = rest.length < had.length && !lost; // or so much is new that there is a gap before what is known
    const before = get("edges")[list];
    edges[list] = met && before < edge ? before : edge;
    older.push(...rest);
  }
  set({
    jobs: new Map([...older, ...jobs].map((job) => [job.id, job])),
    edges,
    found: null, // what is filtered is asked for anew
    ...(bin && { bin }),
    models,
    extras,
    trouble,
    ...(machine && { machine }),
  });
  takeQueue(queue);
}
