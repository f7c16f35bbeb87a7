/** The rail: model, presets, the four main settings, the seed, all the others, and Generate. On a phone, a sheet. */

import { choose, chooseModel, parameter, settled } from "./choice.js";
import { byId, h, icon, isPhone, setIcon, setText } from "./dom.js";
import { select, slider } from "./field.js";
import { clipLength, fileSize, number, size } from "./format.js";
import { openModels } from "./models.js";
import { createPlan } from "./plan.js";
import { choiceName, createPresets } from "./presets.js";
import { createSeed } from "./seed.js";
import { get, isHere, model, ranked, set, watch } from "./store.js";
import { t } from "./words.js";

export function createRail() {
  const rail = byId("rail");
  const main = mainFields();
  const more = moreFields();
  const body = h(
    "div",
    { class: "rail-body", id: "rail-body" },
    h(
      "div",
      { class: "rail-inner" },
      createModelChoice(),
      createPresets(),
      h(
        "div",
        { class: "fields" },
        main.map(({ element }) => element),
      ),
      createSeed(),
      createMore(more),
    ),
  );
  rail.append(createHandle(rail), body, createPlan());
  watch(["choice", "photo", "models"], () => {
    const all = settled();
    for (const field of [...main, ...more]) field.update(all);
  });
}

function mainFields() {
  const few = () => model(settled().model)?.recommended?.steps;
  return [
    slider("motion", t("Movement"), { meaning: motionMeans }),
    slider("frames", t("Frames"), {
      meaning: (frames, { fps }) => t("a clip of {time}", { time: clipLength(frames / fps) }),
    }),
    slider("steps", t("Steps"), { meaning: stepsMean, fewest: () => (few() ? 1 : undefined) }),
    slider("fps", t("FPS"), {
      meaning: (fps) => (fps < 8 ? t("a quick preview") : fps < 16 ? t("flowing") : t("very smooth")),
    }),
  ];
}

function motionMeans(motion) {
  if (motion <= 50) return t("calm");
  if (motion <= 90) return t("gentle");
  if (motion <= 140) return t("lively");
  return motion <= 200 ? t("strong") : t("wild");
}

function stepsMean(steps, { model: id }) {
  if (id === "draft") return t("not used by the draft");
  if (model(id)?.recommended?.steps) return steps <= 8 ? t("all it needs") : t("more than it needs");
  if (steps < 13) return t("a quick sketch");
  return steps <= 25 ? t("balanced") : t("finer, and slower");
}

function moreFields() {
  const schedulers = { "euler-a": "Euler A", euler: "Euler", "dpmpp-2m": "DPM++ 2M", lcm: "LCM" };
  const bits = {
    auto: t("as the memory allows"),
    16: t("{n} bits", { n: 16 }),
    8: t("{n} bits", { n: 8 }),
    4: t("{n} bits", { n: 4 }),
  };
  return [
    slider("width", t("Width")),
    slider("height", t("Height")),
    slider("guidance_min", t("Guidance, first frame"), { digits: 1, step: 0.1 }),
    slider("guidance_max", t("Guidance, last frame"), { digits: 1, step: 0.1 }),
    guidanceInterval(),
    slider("noise_aug", t("Freedom from the photo"), { digits: 2, step: 0.01 }),
    select("scheduler", t("Sampler"), schedulers),
    select("sigmas", t("Noise levels"), { karras: "Karras", ays: "Align Your Steps" }),
    select("precision", t("Precision"), bits),
    gentle(),
  ];
}

/** Between which noise levels there is guidance: off, or two numbers. */
function guidanceInterval() {
  const row = parameter("guidance_interval");
  const box = (which) =>
    h("input", {
      type: "text",
      inputmode: "decimal",
      class: "value",
      "aria-label": which,
      autocomplete: "off",
      placeholder: t("off"),
      onchange: () => take(),
    });
  const low = box(t("Guidance from noise level"));
  const high = box(t("Guidance up to noise level"));
  const read = (input) => Number(input.value.replace(",", "."));
  const take = () => {
    const [from, to] = [read(low), read(high)].map((value) => Math.min(row.maximum, Math.max(row.minimum, value)));
    if (!low.value && !high.value) choose({ guidance_interval: undefined });
    else if (low.value && high.value && from < to) choose({ guidance_interval: [from, to] });
  };
  const element = h(
    "div",
    { class: "field inline" },
    h("div", { class: "field-head" }, h("span", { class: "name" }, t("Guidance between"))),
    h("span", { class: "pair" }, low, h("span", { "aria-hidden": "true" }, "–"), high),
    h("p", { class: "help" }, `${row.help}.`),
  );
  const update = ({ guidance_interval: span }) => {
    const [from, to] = span ?? ["", ""];
    for (const [input, value] of [
      [low, from],
      [high, to],
    ]) {
      if (document.activeElement !== low && document.activeElement !== high)
        input.value = value === "" ? "" : number(value, 2, false);
    }
  };
  return { element, update };
}

function gentle() {
  const box = h("input", {
    type: "checkbox",
    role: "switch",
    id: "gentle",
    onchange: () => set({ choice: { ...get("choice"), gentle: box.checked } }),
  });
  const element = h(
    "div",
    { class: "field inline" },
    h("div", { class: "field-head" }, h("label", { for: "gentle" }, t("Leave room for other work"))),
    box,
    h("p", { class: "help" }, t("Slower: it rests between steps, so that the computer stays usable.")),
  );
  return { element, update: () => (box.checked = get("choice").gentle) };
}

function createMore(fields) {
  const count = h("span", { class: "meaning" });
  watch(["choice"], () => {
    const names = [
      "guidance_min",
      "guidance_max",
      "guidance_interval",
      "noise_aug",
      "scheduler",
      "sigmas",
      "precision",
      "width",
      "height",
    ];
    const changed = names.filter((name) => name in get("choice").values).length + Number(get("choice").gentle);
    setText(count, changed ? t("{n} changed", { n: number(changed) }) : "");
  });
  return h(
    "details",
    { class: "more" },
    h("summary", {}, h("span", {}, t("More settings")), count, icon("down")),
    h(
      "div",
      { class: "fields" },
      fields.map(({ element }) => element),
    ),
  );
}

/** Which model makes the video, and whether it is here. */
function createModelChoice() {
  const choice = h("select", {
    id: "set-model",
    onchange: () => (choice.value === "models" ? openModels() : chooseModel(choice.value)),
  });
  let listed = "";
  watch(["models", "choice"], () => {
    const rows = ranked();
    const chosen = settled().model;
    const key = JSON.stringify([rows.map(({ id, state }) => [id, state]), chosen]);
    if (key === listed) return;
    listed = key;
    const known = rows.some(({ id }) => id === chosen);
    const nameOf = (row) => (row.id === "draft" ? t("Draft, at once") : row.title);
    const options = rows.map((row) => {
      const weight = isHere(row) ? "" : ` — ${fileSize(row.download_bytes)}`;
      return h("option", { value: row.id }, nameOf(row) + weight);
    });
    choice.replaceChildren(...options, ...(known ? [] : [h("option", { value: chosen }, chosen)]));
    choice.value = chosen;
  });
  return h("div", { class: "model-choice" }, h("label", { for: "set-model" }, t("Model")), choice);
}

/** On a phone the rail is a sheet: its handle says what is chosen and opens it. */
function createHandle(rail) {
  const words = h("span", {});
  const handle = h(
    "button",
    { type: "button", class: "handle", "aria-expanded": "false", "aria-controls": "rail-body" },
    h("span", { class: "grip", "aria-hidden": "true" }),
    words,
    icon("up"),
  );
  const scrim = h("div", { class: "scrim", onclick: () => open(false) });
  rail.before(scrim);
  const open = (on) => {
    rail.classList.toggle("open", on);
    scrim.classList.toggle("on", on);
    handle.setAttribute("aria-expanded", String(on));
    setIcon(handle, on ? "down" : "up");
    byId("rail-body").inert = isPhone() && !on;
  };
  let from = null;
  handle.addEventListener("pointerdown", (event) => {
    from = event.clientY;
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointerup", (event) => {
    const moved = event.clientY - (from ?? event.clientY);
    from = null;
    if (Math.abs(moved) > 24) {
      open(moved < 0);
      handle.dataset.swiped = "yes"; // the click that follows has been answered
    }
  });
  handle.addEventListener("click", () => {
    if (handle.dataset.swiped) delete handle.dataset.swiped;
    else open(!rail.classList.contains("open"));
  });
  rail.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !rail.classList.contains("open")) return;
    event.stopPropagation();
    open(false);
    handle.focus();
  });
  matchMedia("(max-width: 43.74rem)").addEventListener("change", () => open(false));
  queueMicrotask(() => open(false));
  watch(["choice", "photo", "models"], () => {
    const { width, height, frames } = settled();
    setText(words, [choiceName(), size(width, height), t("{n} frames", { n: number(frames) })].join(" · "));
  });
  return handle;
}
