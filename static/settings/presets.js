/**
 * The presets, each with its time and memory on this machine: first the three that go as far as a video to send, then,
 * folded, the guide's, then your own. To choose one downloads nothing: its card says what it would need, and one that is
 * made for a model that is not here asks.
 */

import { h, icon, setStyle, setText } from "../base/dom.js";
import { bytes, shortDuration, size, t } from "../base/language.js";
import { choose } from "../base/overlays.js";
import { get, isGoing, isInstalled, model, modelsAndExtras, nameOf, watch } from "../base/store.js";
import { licenceLink } from "../models/licence.js";
import { pull } from "../models/pull.js";
import { choosePreset, chooseYours, isPlainPreset, preset, resolved } from "./current.js";
import { yours } from "./kept.js";
import { createOwnPresets } from "./own_presets.js";
import { verdict } from "./verdict.js";

const YOURS = "-yours"; // what departs from a preset, and has no name yet; no preset is called so

const labelOf = (name) => (name === YOURS ? t("Custom") : preset(name).label);

const chosenOne = () => (isPlainPreset() ? get("settings").preset : YOURS);

/** The name of what is chosen. */
export const chosenName = () => labelOf(chosenOne());

export function createPresets() {
  const presets = get("server").presets.filter((each) => !each.own);
  const groups = [true, false].map((whole) => presets.filter((each) => each.whole === whole).map(createPreset));
  const changed = createPreset({ name: YOURS, title: t("The settings you have changed"), whole: false });
  const own = createOwnPresets(createPreset, changed);
  const [whole, plain] = groups.map((rows) => rows.map(({ element }) => element));
  const chosen = h("span", { class: "hint-word" });
  watch(["settings", "resolved", "presetEstimates", "estimate", "models", "extras", "server"], () => {
    for (const { update } of [...groups.flat(), own]) update();
    const one = presets.find(({ name }) => name === chosenOne());
    setText(chosen, one && !one.whole ? one.label : "");
  });
  return h(
    "fieldset",
    { class: "preset-choice" },
    h("legend", { class: "sr" }, t("Presets")),
    h("div", { class: "presets whole" }, whole),
    h(
      "details",
      { class: "more-presets" },
      h("summary", {}, h("span", {}, t("More presets")), chosen, icon("down")),
      h("div", { class: "presets" }, plain),
    ),
    own.elements,
  );
}

const choosing = (name, id) => (name === YOURS ? chooseYours(id) : choosePreset(name, id));

/** A preset, or the one that something was made of. */
const origin = (name) => preset(name === YOURS ? yours().preset : name);

/** The model that a preset is made for, if to choose it would be to miss that. */
function missed(name) {
  const row = model(origin(name).values.model);
  return row && row.id !== get("settings").model && !isInstalled(row) && !isGoing(row) ? row : null;
}

/** Asks what to do about the model that a preset is made for and that is not here. */
async function askAbout(name, row) {
  const size = bytes(row.download_bytes);
  const explanation = [
    t("{model} is not on this computer yet: it is a download of {size}, once.", { model: nameOf(row), size }),
    " ",
    t("Or use the size and length of the preset with the model you have chosen."),
    row.licence_url && h("span", { class: "row" }, licenceLink(row, "chip")),
  ];
  const answers = [t("Cancel"), t("Use the chosen model"), t("Download {size}", { size })];
  const title = t("“{preset}” is made for another model", { preset: origin(name).label });
  const answer = await choose(title, explanation, answers);
  if (answer === 1) choosing(name, get("settings").model);
  if (answer === 2) {
    choosing(name);
    pull(row.id);
  }
}

/** The group of radio buttons that a card is in: the three first, the folded ones, your own. */
function groupOf(name) {
  if (name === YOURS || preset(name).own) return "own-preset";
  return preset(name).whole ? "preset" : "other-preset";
}

function createPreset({ name, title, whole }) {
  const input = h("input", {
    type: "radio",
    name: groupOf(name), // a folded radio that is checked would keep Tab from the others of its group
    value: name,
    class: "sr",
    onchange: () => choosing(name),
    onclick(event) {
      const row = missed(name);
      if (!row) return;
      event.preventDefault(); // what was chosen stays chosen meanwhile
      askAbout(name, row);
    },
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
  input.checked = chosenOne() === name;
  input.disabled = own && !custom && !yours();
  element.classList.toggle("off", input.disabled);
  const estimate = own ? (custom ? get("estimate") : null) : get("presetEstimates")[name];
  const known = estimate && !estimate.error;
  setText(time, known ? shortDuration(estimate.seconds) : own ? "" : "…");
  setText(memory, known ? bytes(estimate.peak_bytes) : "");
  element.dataset.level = known ? estimate.level : "";
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
        verdict(estimate),
        absent ? t("needs a download of {size} first", { size: bytes(absent) }) : "",
      ]
    : [];
  input.setAttribute("aria-label", [labelOf(name), title, ...words].filter(Boolean).join(", "));
  element.title = [title, ...words.slice(3)].filter(Boolean).join(", ");
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
