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
  until: "", // the id down to which the jobs are known without a gap; "" is down to the first
  importing: null, // a model that is being added: see panels/import_model.js
  search: "",
  found: null, // {ids, more}, when something is searched for
  bin: { count: 0, bytes: 0 }, // how much was deleted, and can be taken back
  photo: null,
  starting: false, // a job is on its way to the queue
  reading: null, // {name, url, sent}: what is on its way, and the fraction of it that has been sent
  settings: null, // of the next video: see settings/current.js
  view: "photo", // or "clip"
  jobId: null, // whose clip
  trimming: null, // the id of the clip at whose filmstrip the handles are
  finishing: null, // {id, values}: how the clip is to be finished anew: see finishing/chosen.js
  pairing: null, // the id of the clip to which another is being chosen for comparing
  resolved: null, // what the settings come to, as the server says: settings, changed, shape, video, hints
  estimate: null, // of the next video
  presetEstimates: {}, // by the preset's name
  lastSeed: null, // of the last run
};

/** How many jobs are asked for at once, and come with each new stream. */
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

/** The job on the stage, if it shows one. */
export function jobOnStage() {
  return state.view === "clip" ? (state.jobs.get(state.jobId) ?? null) : null;
}

export function runningJob() {
  return [...state.jobs.values()].find((job) => job.state === "running") ?? null;
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

export const isInstalled = (row) => row?.state === "ready" || row?.state === "built in";

export function putJob(job) {
  set({ jobs: new Map(state.jobs).set(job.id, job) });
}

export function putJobs(list) {
  const jobs = new Map(state.jobs);
  for (const job of list) jobs.set(job.id, job);
  set({ jobs });
}

/** Forgets a job. If its clip is on the stage, the one that takes its place in the gallery comes there, if there is one. */
export function dropJob(id) {
  const shown = galleryJobs();
  const place = shown.findIndex((job) => job.id === id);
  const jobs = new Map(state.jobs);
  jobs.delete(id);
  set({ jobs, queue: state.queue.filter((other) => other !== id) });
  if (state.jobId === id) {
    const next = state.view === "clip" && place >= 0 ? (shown[place + 1] ?? shown[place - 1]) : null;
    set({ jobId: next?.id ?? null, view: next ? "clip" : "photo" });
  }
  if (state.pairing === id) set({ pairing: null });
}

/** News of a model, or of an extra. */
export function putModel(row) {
  const placed = (rows) => rows.map((other) => (other.id === row.id ? row : other));
  set({ models: placed(state.models), extras: placed(state.extras) });
}

/** The jobs of the gallery, newest first: what was found, or all there are without a gap, and whatever is at work. */
export function galleryJobs() {
  const { jobs, found, until } = state;
  const belongs = ({ id, state: now }) =>
    found ? found.ids.includes(id) : id >= until || now === "queued" || now === "running";
  const visible = [...jobs.values()].filter(belongs);
  return visible.sort((a, b) => (a.id < b.id ? 1 : -1));
}
