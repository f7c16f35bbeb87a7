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

async function request(method, path, { query, json, form, signal, keepalive } = {}) {
  let answer;
  try {
    answer = await fetch(address(path, query), {
      method,
      signal,
      keepalive,
      headers: json === undefined ? {} : { "Content-Type": "application/json" },
      body: json === undefined ? form : JSON.stringify(json),
    });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new ApiError(
      0,
      "gone",
      t("VideoAi is not responding."),
      t("Start it again, as you did before; the page reconnects by itself."),
    );
  }
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => null);
  if (answer.ok) return body;
  const told = body?.error ?? {};
  if (told.code === "unpaired") window.dispatchEvent(new Event("unpaired"));
  throw new ApiError(
    answer.status,
    told.code ?? "failed",
    told.message ?? t("The server replied with {status}.", { status: answer.status }),
    told.hint,
  );
}

const jobPath = (id, verb = "") => `/api/jobs/${encodeURIComponent(id)}${verb && `/${verb}`}`;
const modelPath = (id, verb) => `/api/models/${encodeURIComponent(id)}/${verb}`;

export const api = {
  health: () => request("GET", "/api/health"),
  settings: () => request("GET", "/api/settings"),
  enter: (token) => request("POST", "/api/owner", { json: { token } }),
  forget: () => request("POST", "/api/forget", { json: { everything: true } }),
  examples: () => request("GET", "/api/examples"),
  takeExample: (name) => request("POST", `/api/examples/${encodeURIComponent(name)}`),
  addPhoto: (file, name, signal) => request("POST", "/api/photos", { form: formWith("photo", file, name), signal }),
  readVideo: (file) => request("POST", "/api/videos", { form: formWith("video", file) }),
  resolve: (wanted, signal) => request("POST", "/api/resolve", { json: wanted, signal }),
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
  models: () => request("GET", "/api/models"),
  pull: (id, precision) => request("POST", modelPath(id, "pull"), { json: precision ? { precision } : {} }),
  pause: (id) => request("POST", modelPath(id, "cancel")),
  verify: (id) => request("POST", modelPath(id, "verify")),
  removeModel: (id) => request("POST", modelPath(id, "remove")),
  phone: () => request("GET", "/api/phone"),
  openPhone: () => request("POST", "/api/phone/open"),
  closePhone: () => request("POST", "/api/phone/close"),
  newCode: () => request("POST", "/api/phone/code"),
  removeDevice: (id) => request("DELETE", `/api/phone/devices/${encodeURIComponent(id)}`),
  pair: (code, name) => request("POST", "/api/pair", { json: { code, name } }),
};

function formWith(field, file, name) {
  const form = new FormData();
  form.append(field, file, name ?? file.name ?? field);
  return form;
}
