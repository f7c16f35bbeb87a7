/** The presets as cards, each with its time and memory on this machine; the last one is what you have made of them. */

import { choosePreset, chooseYours, isPreset, photoShape, preset, settled, yours } from "./choice.js";
import { h, setStyle, setText } from "./dom.js";
import { briefly, bytes, size } from "./format.js";
import { get, watch } from "./store.js";
import { t } from "./words.js";

const YOURS = "yours";

function nameOf(name) {
  switch (name) {
    case "safety":
      return t("Safe");
    case "minimum":
      return t("Minimum");
    case "square":
      return t("Square");
    case "large":
      return t("Large");
    case "native":
      return t("Native");
    case "balanced":
      return t("Balanced");
    case "fast":
      return t("Fast");
    case YOURS:
      return t("Yours");
    default:
      return preset(name)?.title ?? name;
  }
}

/** The name of what is chosen. */
export const choiceName = () => nameOf(isPreset() ? get("choice").preset : YOURS);

export function createPresets() {
  const root = h("fieldset", { class: "presets" }, h("legend", { class: "sr" }, t("Presets")));
  const cards = [
    ...get("settings").presets.map(({ name, title }) => card(name, title)),
    card(YOURS, t("What you have made of them")),
  ];
  root.append(...cards.map(({ element }) => element));
  watch(["choice", "cards", "estimate", "photo"], () => cards.forEach(({ update }) => update()));
  return root;
}

function card(name, title) {
  const input = h("input", {
    type: "radio",
    name: "preset",
    value: name,
    class: "sr",
    onchange: () => (name === YOURS ? chooseYours() : choosePreset(name)),
  });
  const shape = h("span", { class: "shape", "aria-hidden": "true" });
  const time = h("span", { class: "card-time" });
  const memory = h("span", { class: "card-memory" });
  const element = h(
    "label",
    { class: "card", title },
    input,
    h("span", { class: "card-name" }, nameOf(name)),
    shape,
    time,
    memory,
  );
  const update = () => {
    const own = name === YOURS;
    const custom = !isPreset();
    const chosen = own ? custom : !custom && get("choice").preset === name;
    input.checked = chosen;
    input.disabled = own && !custom && !yours();
    element.classList.toggle("off", input.disabled);
    const estimate = own ? (custom ? get("estimate") : null) : get("cards")[name];
    const known = estimate && !estimate.error;
    setText(time, known ? briefly(estimate.seconds) : own ? "" : "…");
    setText(memory, known ? bytes(estimate.peak_bytes) : "");
    element.dataset.fits = known ? String(estimate.fits) : "";
    const [width, height] = own ? sizeOfYours(custom) : preset(name).sizes[get("choice").shape ?? photoShape()];
    setStyle(shape, { width: `${(width / 1024) * 1.125}rem`, height: `${(height / 1024) * 1.125}rem` });
    shape.hidden = own && input.disabled;
    const words = known
      ? [size(width, height), time.textContent, memory.textContent, estimate.fits ? "" : t("does not fit")]
      : [];
    input.setAttribute("aria-label", [nameOf(name), title, ...words].filter(Boolean).join(", "));
  };
  return { element, update };
}

function sizeOfYours(custom) {
  const kept = custom ? get("choice") : yours();
  if (!kept) return [640, 384];
  const { width, height } = settled(custom ? kept : { ...get("choice"), ...kept });
  return [width, height];
}
