/** The models and what is beside them: which are here, what they take, fetching, verifying and letting them go. */

import { api } from "../base/api.js";
import { button, h, icon, keyed, setStyle, setText } from "../base/dom.js";
import { bytes, bytesOf, duration, t } from "../base/language.js";
import { ask, openPanel, showError, toast } from "../base/overlays.js";
import {
  get,
  isGoing,
  isInstalled,
  model,
  modelsAndExtras,
  nameOf,
  putModel,
  set,
  sortedModels,
  watch,
} from "../base/store.js";
import { pull } from "../clips/actions.js";

/** The button in the header. */
export function createModelsButton() {
  const words = h("span", { class: "wide-only" }, t("Models"));
  return h(
    "button",
    { type: "button", class: "tool words", "aria-label": t("Models"), title: t("Models"), onclick: openModels },
    icon("models"),
    words,
  );
}

export function openModels() {
  openPanel(t("Models"), (body) => {
    const list = h("ul", { class: "models" });
    const extras = h("ul", { class: "models", "aria-labelledby": "extras-title" });
    const offline =
      get("server").offline &&
      h(
        "p",
        { class: "notice" },
        icon("offline"),
        t("VideoAi was started offline. To download models, start it without that option."),
      );
    body.append(
      h(
        "p",
        { class: "lead" },
        t("You download a model once, and it stays on this computer. Nothing of yours is sent."),
      ),
      offline || "",
      list,
      h("h3", { id: "extras-title" }, t("Extras")),
      h("p", { class: "lead" }, t("Small files that all models share. Download those you want.")),
      extras,
    );
    const id = (row) => row.id;
    const stops = [
      watch(["models"], () => keyed(list, sortedModels(), id, () => make("h3"), update)),
      watch(["extras"], () => keyed(extras, get("extras"), id, () => make("h4"), update)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  });
}

function make(heading) {
  return h(
    "li",
    { class: "model" },
    h("div", { class: "model-head" }, h(heading, { class: "model-name" }), h("span", { class: "model-state" })),
    h("p", { class: "model-what" }),
    h(
      "div",
      { class: "download", hidden: true },
      h("div", { class: "download-bar" }, h("span", { class: "fill" })),
      h("p", { class: "download-words" }),
    ),
    h("p", { class: "model-error", hidden: true }),
    h("div", { class: "row" }),
  );
}

function update(element, row) {
  const find = (selector) => element.querySelector(selector);
  element.dataset.state = row.state;
  setText(find(".model-name"), row.title);
  setText(find(".model-state"), stateName(row));
  setText(find(".model-what"), about(row));
  const { progress } = row;
  const going = isGoing(row) || progress?.state === "paused";
  find(".download").hidden = !going;
  if (going) {
    setStyle(find(".fill"), { width: `${(100 * progress.done_bytes) / Math.max(1, progress.total_bytes)}%` });
    setText(find(".download-words"), progressWords(progress));
  }
  const error = progress?.error;
  find(".model-error").hidden = !error;
  if (error) setText(find(".model-error"), `${error.message} ${error.hint}`);
  const key = [row.state, progress?.state].join();
  if (element.dataset.actions !== key) {
    element.dataset.actions = key;
    const actions = find(".row");
    const held = actions.contains(document.activeElement);
    actions.replaceChildren(...actionsFor(row));
    if (held) actions.firstElementChild?.focus();
  }
}

function stateName({ state, progress }) {
  if (progress?.state === "paused") return t("paused");
  if (progress?.state === "verifying") return t("verifying");
  if (progress && progress.state !== "failed") return t("downloading");
  switch (state) {
    case "built in":
      return t("built in");
    case "ready":
      return t("installed");
    case "partly here":
      return t("partly downloaded");
    case "damaged":
      return t("damaged");
    default:
      return t("not installed");
  }
}

function about(row) {
  if (row.state === "built in") return t("Built in: nothing to download, no waiting.");
  const size =
    row.state === "ready"
      ? t("{size} on the disk", { size: bytes(row.size_bytes) })
      : t("{size} to download", { size: bytes(row.download_bytes) });
  if (!row.frames) return [size, t("for all models"), t("Licence: {name}", { name: row.licence })].join(" · ");
  const parts = [size, t("made for {n} frames", { n: row.frames })];
  if (row.state === "ready" && row.precision.length) parts.push(t("{list} bits", { list: row.precision.join(", ") }));
  parts.push(row.fits ? t("fits this computer") : t("too large for this computer's memory"));
  return parts.join(" · ");
}

function progressWords({ state, done_bytes: done, total_bytes: total, bytes_per_second: speed, eta_seconds: eta }) {
  const parts = [bytesOf(done, total)];
  if (state === "paused") parts.push(t("what has been downloaded is kept"));
  else if (state === "waiting") parts.push(t("waiting"));
  else if (state === "converting") parts.push(t("making it smaller"));
  else if (state === "verifying") parts.push(t("checking every byte"));
  else {
    if (speed) parts.push(t("{size} per second", { size: bytes(speed) }));
    if (eta) parts.push(t("{time} left", { time: duration(eta) }));
  }
  return parts.join(" · ");
}

function actionsFor(row) {
  const { id, state, progress } = row;
  const parts = [];
  const going = isGoing(row);
  const ready = state === "ready" || state === "built in";
  // What of our own is damaged is not mended by a download: it has to go first.
  const failed = progress?.state === "failed" && progress.error.code !== "model_damaged";
  if (going) {
    parts.push(button(ready ? t("Stop") : t("Pause"), () => tell(api.pause(id)), { name: "pause", class: "quiet" }));
  } else if (!ready || failed || progress?.state === "paused") {
    parts.push(button(downloadLabel(row), () => pull(id), { name: "download", class: "solid" }));
  }
  if (state === "ready" && !going) {
    parts.push(button(t("Verify"), () => tell(api.verify(id)), { name: "check", class: "quiet" }));
  }
  if (get("server").local && !going && (state === "ready" || state === "partly here" || state === "damaged")) {
    parts.push(button(t("Remove"), () => removeModel(row), { name: "trash", class: "quiet" }));
  }
  if (row.licence_url) {
    parts.push(licenceLink(row, "quiet", row.gated ? t("Accept the licence") : t("Licence")));
  }
  for (const part of parts) part.setAttribute("aria-label", `${part.textContent.trim()}: ${nameOf(row)}`);
  return parts;
}

function downloadLabel({ state, progress }) {
  if (state === "damaged" || (state === "ready" && progress?.state === "failed")) return t("Download again");
  return progress || state === "partly here" ? t("Resume") : t("Download");
}

/** To where the licence of a model or an extra can be read. */
export function licenceLink(row, kind, label = t("Licence: {name}", { name: row.licence })) {
  return h(
    "a",
    {
      class: `button ${kind}`,
      href: row.licence_url,
      target: "_blank",
      rel: "noopener noreferrer",
      title: row.licence ?? "",
    },
    icon("link"),
    h("span", {}, label),
    h("span", { class: "sr" }, t("(opens the internet)")),
  );
}

async function removeModel(row) {
  const size = bytes(row.size_bytes);
  const sure = await ask(
    t("Remove {model}?", { model: row.title }),
    row.frames
      ? t("This frees {size}. To use the model again, you have to download it.", { size })
      : t("This frees {size}. To use it again, you have to download it.", { size }),
    t("Remove"),
  );
  if (sure) tell(api.removeModel(row.id));
}

async function tell(answer) {
  try {
    putModel(await answer);
  } catch (error) {
    showError(error);
  }
}

/** What has just arrived, or was found to be right, is worth a word; the draft that stood in for a model steps back. */
export function watchModels() {
  const known = () => new Map(modelsAndExtras().map((row) => [row.id, row]));
  let before = known();
  watch(["models", "extras"], () => {
    const main = get("server").default_model;
    for (const row of modelsAndExtras()) {
      const old = before.get(row.id);
      if (!old || !isInstalled(row)) continue;
      const verified = old.progress?.state === "verifying" && !row.progress;
      if (isInstalled(old) && verified) toast(t("{model} is right, to the last byte.", { model: nameOf(row) }));
      if (isInstalled(old)) continue;
      toast(t("{model} is ready.", { model: nameOf(row) }));
      const { values } = get("settings");
      if (row.id === main && model(values.model)?.state === "built in") {
        const { model: _, ...others } = values;
        set({ settings: { ...get("settings"), values: others } });
      }
    }
    before = known();
  });
}
