/** A model, or an extra, in the list: what it is, what it takes, and what can be done with it. */

import { api } from "../base/api.js";
import { button, h, keyed, setStyle, setText } from "../base/dom.js";
import { bytes, bytesOf, duration, t } from "../base/language.js";
import { ask, showError } from "../base/overlays.js";
import { get, isGoing, nameOf, putModel } from "../base/store.js";
import { licenceLink } from "./licence.js";
import { pull } from "./pull.js";

/** The element of a model, or of an extra; its name is a heading of this level. */
export function makeRow(heading) {
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
    h("ul", { class: "model-weights" }),
    h("div", { class: "row" }),
  );
}

export function updateRow(element, row) {
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
  const several = get("server").local && row.state === "ready" && !isGoing(row) && row.weights?.length > 1;
  keyed(
    find(".model-weights"),
    several ? row.weights : [],
    ({ bits }) => bits,
    (weights) => makeWeights(row, weights),
  );
  const key = [row.state, progress?.state, progress?.source].join();
  if (element.dataset.actions !== key) {
    element.dataset.actions = key;
    const actions = find(".row");
    const held = actions.contains(document.activeElement);
    actions.replaceChildren(...actionsFor(row));
    if (held) actions.firstElementChild?.focus();
  }
}

/** One of several precisions that are here, which can go alone. */
function makeWeights(row, { bits, size_bytes: size, downloaded }) {
  const words = t("{n} bits: {size}", { n: bits, size: bytes(size) });
  return h(
    "li",
    {},
    h("span", {}, downloaded ? `${words} · ${t("as downloaded")}` : words),
    button(t("Remove"), () => removeModel(row, { bits, size }), {
      name: "trash",
      class: "quiet",
      "aria-label": t("Remove {model}, {n} bits", { model: row.title, n: bits }),
    }),
  );
}

function stateName({ state, progress }) {
  if (progress?.state === "paused") return t("paused");
  if (progress?.state === "verifying") return t("verifying");
  if (progress?.source && progress.state !== "failed") return t("being added");
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
  if (!row.frames) return [size, row.use, t("Licence: {name}", { name: row.licence })].join(" · ");
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
    parts.push(
      button(ready || progress.source ? t("Stop") : t("Pause"), () => tell(api.pause(id)), {
        name: "pause",
        class: "quiet",
      }),
    );
  } else if (!ready || (failed && !progress.source) || progress?.state === "paused") {
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
  return (progress && !progress.source) || state === "partly here" ? t("Resume") : t("Download");
}

/** All of it, or one of its precisions, of which the others stay. */
async function removeModel(row, weights) {
  const size = bytes(weights?.size ?? row.size_bytes);
  const sure = await ask(
    weights
      ? t("Remove {model}, {n} bits?", { model: row.title, n: weights.bits })
      : t("Remove {model}?", { model: row.title }),
    weights
      ? t("This frees up to {size}. What other programs have downloaded stays.", { size })
      : row.frames
        ? t("This frees {size}. To use the model again, you have to download it.", { size })
        : t("This frees {size}. To use it again, you have to download it.", { size }),
    t("Remove"),
  );
  if (sure) tell(api.removeModel(row.id, weights?.bits));
}

async function tell(answer) {
  try {
    putModel(await answer);
  } catch (error) {
    showError(error);
  }
}
