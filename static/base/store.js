/** What the page knows, in one place. Values are replaced, never changed in place; watchers are told at once of all. */

const state = {
  connection: "connecting", // live, polling, gone
  trouble: null, // {message, hint}: why no video can be made at the moment
  server: null, // what GET /api/settings said
  machine: null,
  models: [],
  extras: [], // what is beside the models, such as the tiny decoder
  jobs: new Map(), // by id
  queue: [],
  paused: false, // whether nothing in the queue begins
  secondsLeft: 0, // of all that runs and waits, about
  edges: { done: "", unfinished: "" }, // the id down to which each list is known without a gap; "" is down to the first
  filter: { list: "done", favourite: false, model: "", when: "", words: "" }, // of the shelf: see clips/shelf.js
  found: null, // {edge}: the same for what is filtered, once the server has said it
  opened: new Set(), // the stacks of the shelf whose clips are all shown
  chosen: null, // the ids of the clips that are chosen, while several are: see clips/choosing.js
  importing: null, // a model that is being added: see panels/import_model.js
  order: [], // the ids of the clips of the shelf, as an eye meets them
  bin: { count: 0, bytes: 0 }, // how much was deleted, and can be taken back
  photo: null,
  starting: false, // a job is on its way to the queue
  reading: null, // {name, url, sent}: what is on its way, and the fraction of it that has been sent
  settings: null, // of the next video: see settings/current.js
  view: "photo", // or "clip"
  jobId: null, // whose clip
  finding: null, // the id of the clip that is being asked for, as nobody knows it here
  trimming: null, // the id of the clip at whose filmstrip the handles are
  finishing: null, // {id, values}: how the clip is to be finished anew: see finishing/chosen.js
  pairing: null, // the id of the clip to which another is being chosen for comparing
  resolved: null, // what the settings come to, as the server says: settings, changed, shape, video, hints
  estimate: null, // of the next video
  presetEstimates: {}, // by the preset's name
  lastSeed: null, // of the last run
  steps: { past: 0, future: 0 }, // how many changes of the settings can be undone, and done again
};

/** How many jobs of a list are asked for at once, and come with each new stream. */
export const PAGE = 50;

const watchers = new Set();
let changed = new Set();

export const get = (name) => state[name];

export function set(values) {
  for (const [name, value] of Object.entries(values)) {
    if (Object.is(state[name], value)) continue;
    state[name] = value;
    if (!changed.size) queueMicrotask(tell);
    changed.add(name);
  }
}

/** Calls `act` now, and whenever one of the named values is replaced, until what it returns is called. */
export function watch(names, act) {
  const watcher = { names, act };
  watchers.add(watcher);
  act();
  return () => watchers.delete(watcher);
}

function tell() {
  const names = changed;
  changed = new Set();
  for (const { names: watched, act } of watchers) {
    if (!watched.some((name) => names.has(name))) continue;
    try {
      act();
    } catch (error) {
      reportError(error); // a defect of the page, for the console; the others are told all the same
    }
  }
}

/** The states of a job that came to nothing yet. */
export const UNFINISHED = ["failed", "cancelled", "stopped"];

/** The list that a job is in, "done" or "unfinished"; null while it waits or runs. */
export function listOf(job) {
  if (job.state === "done") return "done";
  return UNFINISHED.includes(job.state) ? "unfinished" : null;
}

/** The job on the stage, if it shows one. */
export function jobOnStage() {
  return state.view === "clip" ? (state.jobs.get(state.jobId) ?? null) : null;
}

export function runningJob() {
  return [...state.jobs.values()].find((job) => job.state === "running") ?? null;
}

/** The jobs that wait: those in the queue, in its order, then those that wait for the program they were started in. */
export function waitingJobs() {
  const queued = state.queue.map((id) => state.jobs.get(id)).filter(Boolean);
  return [...queued, ...[...state.jobs.values()].filter((job) => job.state === "queued" && job.foreground)];
}

export function model(id) {
  return state.models.find((row) => row.id === id) ?? null;
}

/** The models in the order of their use: the default, the one that needs nothing, the others. */
export function sortedModels() {
  const rank = ({ id, state: where }) => (id === state.server.default_model ? 0 : where === "built in" ? 1 : 2);
  return [...state.models].sort((a, b) => rank(a) - rank(b));
}

export const modelsAndExtras = () => [...state.models, ...state.extras];

/** What a person calls a model, or an extra, within a sentence. */
export const nameOf = (row) => row.name ?? row.title;

/** Whether it is being downloaded or verified, or waits for its turn. */
export const isGoing = ({ progress }) =>
  Boolean(progress) && progress.state !== "paused" && progress.state !== "failed";

/** Whether a part of it is here, from which its download goes on. What was imported and failed has left none. */
export const hasPart = ({ progress }) => Boolean(progress?.done_bytes);

export const isInstalled = (row) => row?.state === "ready" || row?.state === "built in";

export function putJob(job) {
  set({ jobs: new Map(state.jobs).set(job.id, job) });
}

export function putJobs(list) {
  const jobs = new Map(state.jobs);
  for (const job of list) jobs.set(job.id, job);
  set({ jobs });
}

/** Forgets a job. If its clip is on the stage, the one that takes its place on the shelf comes there, if there is one. */
export function dropJob(id) {
  const { order } = state;
  const place = order.indexOf(id);
  const jobs = new Map(state.jobs);
  jobs.delete(id);
  set({ jobs, order: order.filter((other) => other !== id), queue: state.queue.filter((other) => other !== id) });
  if (state.jobId === id) {
    const next = state.view === "clip" && place >= 0 ? (order[place + 1] ?? order[place - 1] ?? null) : null;
    set({ jobId: next, view: next ? "clip" : "photo" });
  }
  if (state.pairing === id) set({ pairing: null });
}

/** All presets, the user's own among them. */
export function putPresets(presets) {
  if (JSON.stringify(presets) !== JSON.stringify(state.server.presets)) set({ server: { ...state.server, presets } });
}

/** News of a model, or of an extra. */
export function putModel(row) {
  const placed = (rows) => rows.map((other) => (other.id === row.id ? row : other));
  set({ models: placed(state.models), extras: placed(state.extras) });
}
