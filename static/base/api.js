/** Talking to the server. Whatever goes wrong is an ApiError: a sentence and a hint. */

import { language, t } from "./language.js";

export class ApiError extends Error {
  constructor(status, code, message, hint = "") {
    super(message);
    Object.assign(this, { status, code, hint });
  }
}

/** A path of the server in the page's language. */
export function address(path, query = {}) {
  const values = new URLSearchParams({ ...query, lang: language });
  return `${path}?${values}`;
}

async function request(method, path, { query, json, signal, keepalive } = {}) {
  let answer;
  try {
    answer = await fetch(address(path, query), {
      method,
      signal,
      keepalive,
      headers: json === undefined ? {} : { "Content-Type": "application/json" },
      body: json === undefined ? undefined : JSON.stringify(json),
    });
  } catch (error) {
    throw error.name === "AbortError" ? error : notThere();
  }
  return answer.status === 204 ? null : answered(answer.status, await answer.text().catch(() => ""));
}

/** Sends a file; `tell(fraction)` is told how much of it has been sent, which fetch does not know. */
function send(path, field, file, name, { query, signal, tell = () => {} } = {}) {
  const form = new FormData();
  form.append(field, file, name);
  let part = 0;
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const sending = new XMLHttpRequest();
    sending.open("POST", address(path, query));
    sending.upload.addEventListener("progress", ({ loaded, total }) => {
      part = total ? loaded / total : 0;
      tell(part);
    });
    sending.addEventListener("error", () => reject(part > 0 && part < 1 ? cutOff(name) : notThere()));
    sending.addEventListener("load", () => {
      try {
        resolve(answered(sending.status, sending.responseText));
      } catch (error) {
        reject(error);
      }
    });
    signal?.addEventListener("abort", () => {
      sending.abort();
      reject(signal.reason);
    });
    sending.send(form);
  });
}

export const notThere = () =>
  new ApiError(
    0,
    "gone",
    t("VideoAi is not responding."),
    t("Start it again, as you did before; the page reconnects by itself."),
  );

const cutOff = (name) =>
  new ApiError(
    0,
    "cut_off",
    t("{name} did not arrive whole: the connection ended.", { name }),
    t("Try again. Over a slow line, export a smaller one: VideoAi fits it to the video anyway."),
  );

/** What the page says of an error in its own words, by its code: the server's name ids, which nobody sees here. */
const OURS = {
  job_unknown: () => ({ message: t("This clip no longer exists.") }),
};

/** What an answer holds; raises what it says went wrong. */
function answered(status, text) {
  const body = parsed(text);
  if (status >= 200 && status < 300) return body;
  const told = body?.error ?? {};
  if (told.code === "unpaired") window.dispatchEvent(new Event("unpaired"));
  const { message, hint } = OURS[told.code]?.() ?? told;
  const said = message ?? t("The server replied with {status}.", { status });
  throw new ApiError(status, told.code ?? "failed", said, hint);
}

function parsed(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null; // another program's page, say, on the way here
  }
}

const jobPath = (id, verb = "") => `/api/jobs/${encodeURIComponent(id)}${verb && `/${verb}`}`;
// A name of nothing but dots would be the folder in an address, however it is written; with a slash the server says what is wrong.
const presetPath = (name, verb = "") => {
  const word = name.trim();
  return `/api/presets/${encodeURIComponent(/^\.+$/.test(word) ? `${word}/` : word)}${verb}`;
};
const modelPath = (id, verb) => `/api/models/${encodeURIComponent(id)}/${verb}`;
const uploadPath = (id) => `/api/uploads/${encodeURIComponent(id)}`;

export const api = {
  health: () => request("GET", "/api/health"),
  settings: () => request("GET", "/api/settings"),
  enter: (token) => request("POST", "/api/owner", { json: { token } }),
  forget: () => request("POST", "/api/forget", { json: { everything: true } }),
  examples: () => request("GET", "/api/examples"),
  takeExample: (name, signal) => request("POST", `/api/examples/${encodeURIComponent(name)}`, { signal }),
  addPhoto: (file, name, how) => send("/api/photos", "photo", file, name, how),
  readVideo: (file, how) => send("/api/videos", "video", file, file.name, how),
  subject: (id) => request("GET", `/api/photos/${encodeURIComponent(id)}/subject`),
  resolve: (wanted, signal) => request("POST", "/api/resolve", { json: wanted, signal }),
  camera: (wanted, signal) => request("POST", "/api/camera", { json: wanted, signal }),
  estimate: (wanted, signal) => request("POST", "/api/estimate", { json: wanted, signal }),
  jobs: (query, signal) => request("GET", "/api/jobs", { query, signal }),
  kinds: () => request("GET", "/api/jobs/kinds"),
  job: (id) => request("GET", jobPath(id)),
  mark: (id, marks) => request("PATCH", jobPath(id), { json: marks }),
  addJob: (wanted) => request("POST", "/api/jobs", { json: wanted }),
  act: (id, verb) => request("POST", jobPath(id, verb)),
  finish: (id, settings, force) =>
    request("POST", jobPath(id, "finish"), { json: { settings, ...(force && { force }) } }),
  estimateFinish: (id, settings, signal) =>
    request("POST", jobPath(id, "finish/estimate"), { json: { settings }, signal }),
  goOn: (id, frame) => request("POST", jobPath(id, "continue"), { json: { frame } }),
  move: (id, before) => request("POST", jobPath(id, "move"), { json: { before } }),
  remove: (id) => request("DELETE", jobPath(id), { keepalive: true }),
  presets: () => request("GET", "/api/presets"),
  keepPreset: (name, chosen, replace) =>
    request("PUT", presetPath(name), { json: chosen, query: replace ? { replace: "1" } : {} }),
  renamePreset: (name, to) => request("POST", presetPath(name, "/rename"), { json: { name: to } }),
  removePreset: (name) => request("DELETE", presetPath(name)),
  pauseQueue: (paused) => request("POST", "/api/queue", { json: { paused } }),
  clearQueue: () => request("DELETE", "/api/queue"),
  removeForever: (id) => request("DELETE", jobPath(id), { query: { forever: "1" } }),
  restore: (id) => request("POST", jobPath(id, "restore")),
  bin: () => request("GET", "/api/bin"),
  emptyBin: () => request("POST", "/api/bin/empty"),
  models: () => request("GET", "/api/models"),
  pull: (id, precision) => request("POST", modelPath(id, "pull"), { json: precision ? { precision } : {} }),
  pause: (id) => request("POST", modelPath(id, "cancel")),
  verify: (id) => request("POST", modelPath(id, "verify")),
  removeModel: (id, precision) => request("POST", modelPath(id, "remove"), { json: precision ? { precision } : {} }),
  importModel: (wanted) => request("POST", "/api/models/import", { json: wanted }),
  beginUpload: (name, size) => request("POST", "/api/uploads", { json: { name, size } }),
  sendPiece: (id, offset, piece, name, signal) =>
    send(uploadPath(id), "chunk", piece, name, { query: { offset }, signal }),
  dropUpload: (id) => request("DELETE", uploadPath(id)),
  disk: () => request("GET", "/api/disk"),
  freeDisk: () => request("POST", "/api/disk/free", { json: {} }),
  phone: () => request("GET", "/api/phone"),
  openPhone: () => request("POST", "/api/phone/open"),
  closePhone: () => request("POST", "/api/phone/close"),
  newCode: () => request("POST", "/api/phone/code"),
  removeDevice: (id) => request("DELETE", `/api/phone/devices/${encodeURIComponent(id)}`),
  pair: (code, name) => request("POST", "/api/pair", { json: { code, name } }),
};
