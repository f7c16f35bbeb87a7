/** The settings: model, presets, the main ones, the seed, all the others, and Generate. On a phone, a sheet. */

import { byId, h, icon, isPhone, setIcon, setText } from "../base/dom.js";
import { clipDuration, fileSize, number, size, t } from "../base/language.js";
import { get, isInstalled, model, set, sortedModels, watch } from "../base/store.js";
import { openModels } from "../panels/models.js";
import { select, slider } from "./controls.js";
import { chooseModel, parameter, resolved, setValues } from "./current.js";
import { createGenerate } from "./generate.js";
import { chosenName, createPresets } from "./presets.js";
import { createSeed } from "./seed.js";

export function createSettingsPanel() {
  const panel = byId("settings");
  const main = mainFields();
  const more = moreFields();
  const body = h(
    "div",
    { class: "settings-body", id: "settings-body" },
    h(
      "div",
      { class: "settings-inner" },
      createModelSelect(),
      createPresets(),
      h(
        "div",
        { class: "setting-list" },
        main.map(({ element }) => element),
      ),
      createSeed(),
      createMore(more),
    ),
  );
  panel.append(createHandle(panel), body, createGenerate());
  watch(["settings", "photo", "models"], () => {
    const all = resolved();
    for (const field of [...main, ...more]) field.update(all);
  });
}

function mainFields() {
  const few = () => model(resolved().model)?.recommended?.steps;
  return [
    slider("motion", t("Movement"), { meaning: motionMeans }),
    slider("frames", t("Frames"), {
      meaning: (frames, { fps }) => t("a clip of {time}", { time: clipDuration(frames / fps) }),
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
    if (!low.value && !high.value) setValues({ guidance_interval: undefined });
    else if (low.value && high.value && from < to) setValues({ guidance_interval: [from, to] });
  };
  const element = h(
    "div",
    { class: "setting inline" },
    h("div", { class: "setting-head" }, h("span", { class: "name" }, t("Guidance between"))),
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
    onchange: () => set({ settings: { ...get("settings"), gentle: box.checked } }),
  });
  const element = h(
    "div",
    { class: "setting inline" },
    h("div", { class: "setting-head" }, h("label", { for: "gentle" }, t("Leave room for other work"))),
    box,
    h("p", { class: "help" }, t("Slower: it rests between steps, so that the computer stays usable.")),
  );
  return { element, update: () => (box.checked = get("settings").gentle) };
}

function createMore(fields) {
  const count = h("span", { class: "hint-word" });
  watch(["settings"], () => {
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
    const changed = names.filter((name) => name in get("settings").values).length + Number(get("settings").gentle);
    setText(count, changed ? t("{n} changed", { n: number(changed) }) : "");
  });
  return h(
    "details",
    { class: "more" },
    h("summary", {}, h("span", {}, t("More settings")), count, icon("down")),
    h(
      "div",
      { class: "setting-list" },
      fields.map(({ element }) => element),
    ),
  );
}

/** Which model makes the video, and whether it is here. */
function createModelSelect() {
  const chooser = h("select", {
    id: "set-model",
    onchange: () => (chooser.value === "models" ? openModels() : chooseModel(chooser.value)),
  });
  let listed = "";
  watch(["models", "settings"], () => {
    const rows = sortedModels();
    const chosen = resolved().model;
    const key = JSON.stringify([rows.map(({ id, state }) => [id, state]), chosen]);
    if (key === listed) return;
    listed = key;
    const known = rows.some(({ id }) => id === chosen);
    const nameOf = (row) => (row.id === "draft" ? t("Draft, at once") : row.title);
    const options = rows.map((row) => {
      const weight = isInstalled(row) ? "" : ` — ${fileSize(row.download_bytes)}`;
      return h("option", { value: row.id }, nameOf(row) + weight);
    });
    chooser.replaceChildren(...options, ...(known ? [] : [h("option", { value: chosen }, chosen)]));
    chooser.value = chosen;
  });
  return h("div", { class: "model-choice" }, h("label", { for: "set-model" }, t("Model")), chooser);
}

/** On a phone the panel is a sheet: its handle says what is chosen and opens it. */
function createHandle(panel) {
  const words = h("span", {});
  const handle = h(
    "button",
    { type: "button", class: "handle", "aria-expanded": "false", "aria-controls": "settings-body" },
    h("span", { class: "grip", "aria-hidden": "true" }),
    words,
    icon("up"),
  );
  const scrim = h("div", { class: "scrim", onclick: () => open(false) });
  panel.before(scrim);
  const open = (on) => {
    panel.classList.toggle("open", on);
    scrim.classList.toggle("on", on);
    handle.setAttribute("aria-expanded", String(on));
    setIcon(handle, on ? "down" : "up");
    byId("settings-body").inert = isPhone() && !on;
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
    else open(!panel.classList.contains("open"));
  });
  panel.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !panel.classList.contains("open")) return;
    event.stopPropagation();
    open(false);
    handle.focus();
  });
  matchMedia("(max-width: 43.74rem)").addEventListener("change", () => open(false));
  queueMicrotask(() => open(false));
  watch(["settings", "photo", "models"], () => {
    const { width, height, frames } = resolved();
    setText(words, [chosenName(), size(width, height), t("{n} frames", { n: number(frames) })].join(" · "));
  });
  return handle;
}
