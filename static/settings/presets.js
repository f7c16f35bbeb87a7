/**
 * The presets, each with its time and memory on this machine: first those that go as far as a video to send, then the
 * guide's, then your own. To choose one downloads nothing: its card says what it would need.
 */

import { h, icon, setStyle, setText } from "../base/dom.js";
import { bytes, shortDuration, size, t } from "../base/language.js";
import { get, isInstalled, modelsAndExtras, watch } from "../base/store.js";
import { choosePreset, chooseYours, isPlainPreset, preset, resolved } from "./current.js";
import { yours } from "./kept.js";
import { createOwnPresets } from "./own_presets.js";

const YOURS = "yours"; // what departs from a preset, and has no name yet

const labelOf = (name) => (name === YOURS ? t("Custom") : preset(name).label);

/** The name of what is chosen. */
export const chosenName = () => labelOf(isPlainPreset() ? get("settings").preset : YOURS);

export function createPresets() {
  const presets = get("server").presets.filter((each) => !each.own);
  const groups = [true, false].map((whole) => presets.filter((each) => each.whole === whole).map(createPreset));
  const changed = createPreset({ name: YOURS, title: t("The settings you have changed"), whole: false });
  const own = createOwnPresets(createPreset, changed);
  const [whole, plain] = groups.map((rows) => rows.map(({ element }) => element));
  watch(["settings", "resolved", "presetEstimates", "estimate", "models", "extras", "server"], () => {
    for (const { update } of [...groups.flat(), own]) update();
  });
  return h(
    "fieldset",
    { class: "preset-choice" },
    h("legend", { class: "sr" }, t("Presets")),
    h("div", { class: "presets whole" }, whole),
    h("p", { class: "presets-title", "aria-hidden": "true" }, t("From the guide")),
    h("div", { class: "presets" }, plain),
    own.elements,
  );
}

function createPreset({ name, title, whole }) {
  const input = h("input", {
    type: "radio",
    name: "preset",
    value: name,
    class: "sr",
    onchange: () => (name === YOURS ? chooseYours() : choosePreset(name)),
  });
  const parts = {
    input,
    shape: h("span", { class: "shape", "aria-hidden": "true" }),
    time: h("span", { class: "preset-time" }),
    memory: h("span", { class: "preset-memory" }),
    video: whole && h("span", { class: "preset-video" }),
    download: h("span", { class: "preset-download", hidden: true }, icon("download"), whole && h("span", {})),
  };
  const { shape, time, memory, video, download } = parts;
  const label = h("span", { class: "preset-name" }, labelOf(name));
  const cost = h("span", { class: "preset-cost" }, time, whole && icon("memory"), memory);
  const element = h("label", { class: "preset", title }, input, label, download, !whole && shape, cost, video);
  return { element, update: () => update(name, title, element, parts), isOff: () => input.disabled };
}

function update(name, title, element, { input, shape, time, memory, video, download }) {
  const own = name === YOURS;
  const custom = !isPlainPreset();
  input.checked = own ? custom : !custom && get("settings").preset === name;
  input.disabled = own && !custom && !yours();
  element.classList.toggle("off", input.disabled);
  const estimate = own ? (custom ? get("estimate") : null) : get("presetEstimates")[name];
  const known = estimate && !estimate.error;
  setText(time, known ? shortDuration(estimate.seconds) : own ? "" : "…");
  setText(memory, known ? bytes(estimate.peak_bytes) : "");
  element.dataset.fits = known ? String(estimate.fits) : "";
  const { width, height } = own && custom ? resolved() : sizeOf(own ? yours()?.preset : name);
  setStyle(shape, { width: `${(width / 1024) * 1.125}rem`, height: `${(height / 1024) * 1.125}rem` });
  const absent = known ? absentBytes(estimate) : 0;
  download.hidden = !absent;
  shape.hidden = (own && input.disabled) || absent > 0;
  const made = known ? size(estimate.video.width, estimate.video.height) : "";
  if (video) {
    setText(video, made);
    setText(download.lastElementChild, absent ? bytes(absent) : "");
  }
  const words = known
    ? [
        made,
        time.textContent,
        memory.textContent,
        estimate.fits ? "" : t("does not fit"),
        absent ? t("needs a download of {size} first", { size: bytes(absent) }) : "",
      ]
    : [];
  input.setAttribute("aria-label", [labelOf(name), title, ...words].filter(Boolean).join(", "));
  element.title = [title, words.at(-1)].filter(Boolean).join(", ");
}

/** What a video with a preset would have to have downloaded first, in bytes. */
function absentBytes({ to_download: wanted }) {
  const rows = modelsAndExtras().filter((row) => wanted.includes(row.id) && !isInstalled(row));
  return rows.reduce((sum, row) => sum + row.download_bytes, 0);
}

/** The size that a preset has for this photo; until that is known, for any. */
function sizeOf(name = get("server").default_preset) {
  const [width, height] = preset(name).sizes.landscape;
  return get("presetEstimates")[name]?.settings ?? { width, height };
}
