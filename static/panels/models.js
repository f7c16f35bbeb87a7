/** The models: which are here, what they take, fetching them and letting them go. */

import { api } from "../base/api.js";
import { button, h, icon, keyed, setStyle, setText } from "../base/dom.js";
import { bytes, bytesOf, duration, t } from "../base/language.js";
import { ask, openPanel, showError, toast } from "../base/overlays.js";
import { get, isInstalled, model, putModel, set, sortedModels, watch } from "../base/store.js";
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
    );
    return watch(["models"], () => keyed(list, sortedModels(), (row) => row.id, make, update));
  });
}

function make() {
  return h(
    "li",
    { class: "model" },
    h("div", { class: "model-head" }, h("h3", {}), h("span", { class: "model-state" })),
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
  setText(find("h3"), row.title);
  setText(find(".model-state"), stateName(row));
  setText(find(".model-what"), about(row));
  const { progress } = row;
  const going = progress && progress.state !== "failed";
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
  if (progress && progress.state !== "paused" && progress.state !== "failed") {
    parts.push(button(t("Pause"), () => tell(api.pause(id)), { name: "pause", class: "quiet" }));
  } else if (state !== "ready" && state !== "built in") {
    const label =
      progress || state === "partly here" ? t("Resume") : state === "damaged" ? t("Download again") : t("Download");
    parts.push(button(label, () => pull(id), { name: "download", class: "solid" }));
  }
  if (get("server").local && (state === "ready" || state === "partly here" || state === "damaged")) {
    parts.push(button(t("Remove"), () => removeModel(row), { name: "trash", class: "quiet" }));
  }
  if (row.licence_url) {
    const label = row.gated ? t("Accept the licence") : t("Licence");
    parts.push(
      h(
        "a",
        {
          class: "button quiet",
          href: row.licence_url,
          target: "_blank",
          rel: "noopener noreferrer",
          title: row.licence ?? "",
        },
        icon("link"),
        h("span", {}, label),
        h("span", { class: "sr" }, t("(opens the internet)")),
      ),
    );
  }
  return parts;
}

async function removeModel(row) {
  const size = bytes(row.size_bytes);
  const sure = await ask(
    t("Remove {model}?", { model: row.title }),
    t("This frees {size}. To use the model again, you have to download it.", { size }),
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

/** A model that has just arrived is worth a word, and the draft that stood in for it steps back. */
export function watchModels() {
  let before = new Map(get("models").map((row) => [row.id, isInstalled(row)]));
  watch(["models"], () => {
    const main = get("server").default_model;
    for (const row of get("models")) {
      if (!isInstalled(row) || before.get(row.id) !== false) continue;
      toast(t("{model} is ready.", { model: row.title }));
      const { values } = get("settings");
      if (row.id === main && model(values.model)?.state === "built in") {
        const { model: _, ...others } = values;
        set({ settings: { ...get("settings"), values: others } });
      }
    }
    before = new Map(get("models").map((row) => [row.id, isInstalled(row)]));
  });
}
