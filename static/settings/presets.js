/** The presets, each with its time and memory on this machine; the last one is what you have made of them. */

import { h, setStyle, setText } from "../base/dom.js";
import { bytes, shortDuration, size, t } from "../base/language.js";
import { get, watch } from "../base/store.js";
import { choosePreset, chooseYours, isPlainPreset, preset, resolved, yours } from "./current.js";

const YOURS = "yours";

const labelOf = (name) => (name === YOURS ? t("Yours") : preset(name).label);

/** The name of what is chosen. */
export const chosenName = () => labelOf(isPlainPreset() ? get("settings").preset : YOURS);

export function createPresets() {
  const root = h("fieldset", { class: "presets" }, h("legend", { class: "sr" }, t("Presets")));
  const rows = [
    ...get("server").presets.map(({ name, title }) => createPreset(name, title)),
    createPreset(YOURS, t("The settings you have changed")),
  ];
  root.append(...rows.map(({ element }) => element));
  watch(["settings", "resolved", "presetEstimates", "estimate"], () => {
    for (const { update } of rows) update();
  });
  return root;
}

function createPreset(name, title) {
  const input = h("input", {
    type: "radio",
    name: "preset",
    value: name,
    class: "sr",
    onchange: () => (name === YOURS ? chooseYours() : choosePreset(name)),
  });
  const shape = h("span", { class: "shape", "aria-hidden": "true" });
  const time = h("span", { class: "preset-time" });
  const memory = h("span", { class: "preset-memory" });
  const element = h(
    "label",
    { class: "preset", title },
    input,
    h("span", { class: "preset-name" }, labelOf(name)),
    shape,
    time,
    memory,
  );
  const update = () => {
    const own = name === YOURS;
    const custom = !isPlainPreset();
    const chosen = own ? custom : !custom && get("settings").preset === name;
    input.checked = chosen;
    input.disabled = own && !custom && !yours();
    element.classList.toggle("off", input.disabled);
    const estimate = own ? (custom ? get("estimate") : null) : get("presetEstimates")[name];
    const known = estimate && !estimate.error;
    setText(time, known ? shortDuration(estimate.seconds) : own ? "" : "…");
    setText(memory, known ? bytes(estimate.peak_bytes) : "");
    element.dataset.fits = known ? String(estimate.fits) : "";
    const { width, height } = own && custom ? resolved() : sizeOf(own ? yours()?.preset : name);
    setStyle(shape, { width: `${(width / 1024) * 1.125}rem`, height: `${(height / 1024) * 1.125}rem` });
    shape.hidden = own && input.disabled;
    const words = known
      ? [size(width, height), time.textContent, memory.textContent, estimate.fits ? "" : t("does not fit")]
      : [];
    input.setAttribute("aria-label", [labelOf(name), title, ...words].filter(Boolean).join(", "));
  };
  return { element, update };
}

/** The size that a preset has for this photo; until that is known, for any. */
function sizeOf(name = get("server").default_preset) {
  const [width, height] = preset(name).sizes.landscape;
  return get("presetEstimates")[name]?.settings ?? { width, height };
}
