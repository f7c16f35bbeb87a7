/** The settings: model, presets, the main ones, the seed, all the others, and Generate. On a phone, a sheet. */

import { byId, h, icon, PHONE, setIcon, setText } from "../base/dom.js";
import { bytes, number, size, t } from "../base/language.js";
import { lay } from "../base/layers.js";
import { openModels } from "../base/parts.js";
import { get, isInstalled, sortedModels, watch } from "../base/store.js";
import { createControl, createHelp } from "./controls.js";
import { chooseModel, parameter, resolved } from "./current.js";
import { createGenerate } from "./generate.js";
import { createNextVideo } from "./next_video.js";
import { chosenName, createPresets } from "./presets.js";
import { createSeed } from "./seed.js";

const ELSEWHERE = ["model", "preset", "seed", "focus", "fit", "force"]; // each has a control of its own

export function createSettingsPanel() {
  const panel = byId("settings");
  const [main, more, finishing, run] = ["main", "more", "finishing", "run"].map(controlsOf);
  const controls = [...main, ...finishing, ...more, ...run];
  const body = h(
    "div",
    { class: "settings-body", id: "settings-body" },
    h(
      "div",
      { class: "settings-inner" },
      createNextVideo(),
      createModelSelect(),
      createPresets(),
      listOf(main),
      createSeed(parameter("seed")),
      finishing.length > 0 &&
        h("fieldset", { class: "finishing" }, h("legend", {}, groupOf("finishing").title), listOf(finishing)),
      createMore([...more, ...run]),
    ),
  );
  panel.append(createHandle(panel), body, createGenerate());
  watch(["settings", "resolved", "models"], () => {
    for (const { update } of controls) update();
  });
}

const groupOf = (name) => get("server").groups.find((group) => group.name === name);

/** The controls of a group, in its order. */
function controlsOf(name) {
  const { parameters, options } = get("server");
  const rows = new Map([...parameters, ...options].map((row) => [row.name, row]));
  const shown = (groupOf(name)?.parameters ?? []).filter((each) => !ELSEWHERE.includes(each));
  return shown.flatMap((each) => {
    const control = createControl(rows.get(each));
    return control ? [{ name: each, ...control }] : [];
  });
}

function listOf(controls) {
  return h(
    "div",
    { class: "setting-list" },
    controls.map(({ element }) => element),
  );
}

/** All other settings, folded; how many of them were changed is seen all the same. */
function createMore(controls) {
  const count = h("span", { class: "hint-word" });
  watch(["settings"], () => {
    const { values, options } = get("settings");
    const changed = controls.filter(({ name }) => name in values || options[name]).length;
    setText(count, changed ? t("{n} changed", { n: number(changed) }) : "");
  });
  return h(
    "details",
    { class: "more" },
    h("summary", {}, h("span", {}, groupOf("more").title), count, icon("down")),
    listOf(controls),
  );
}

/** Which model makes the video, and whether it is here. */
function createModelSelect() {
  const chooser = h("select", {
    id: "set-model",
    onchange: () => (chooser.value === "models" ? openModels() : chooseModel(chooser.value)),
  });
  let listed = "";
  watch(["models", "settings", "resolved"], () => {
    const rows = sortedModels();
    const chosen = resolved().model;
    const key = JSON.stringify([rows.map(({ id, state }) => [id, state]), chosen]);
    if (key === listed) return;
    listed = key;
    const known = rows.some(({ id }) => id === chosen);
    const options = rows.map((row) => {
      const weight = isInstalled(row) ? "" : ` — ${bytes(row.download_bytes)}`;
      return h("option", { value: row.id }, row.title + weight);
    });
    chooser.replaceChildren(...options, ...(known ? [] : [h("option", { value: chosen }, chosen)]));
    chooser.value = chosen;
  });
  const { help, info } = createHelp(parameter("model"), "set-model");
  const line = h("div", { class: "model-choice" }, h("label", { for: "set-model" }, t("Model")), info, chooser);
  return h("div", {}, line, help);
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
  let gone = null;
  const open = (on) => {
    gone?.();
    gone = on && PHONE.matches ? lay(() => open(false)) : null; // Back closes it
    panel.classList.toggle("open", on);
    scrim.classList.toggle("on", on);
    handle.setAttribute("aria-expanded", String(on));
    setIcon(handle, on ? "down" : "up");
    byId("settings-body").inert = PHONE.matches && !on;
  };
  let from = null;
  handle.addEventListener("pointerdown", (event) => {
    from = event.clientY;
    handle.setPointerCapture(event.pointerId);
  });
  handle.addEventListener("pointercancel", () => {
    from = null;
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
  PHONE.addEventListener("change", () => open(false));
  queueMicrotask(() => open(false));
  watch(["settings", "resolved", "view"], () => {
    const { width, height, frames } = resolved();
    const chosen = [chosenName(), size(width, height), t("{n} frames", { n: number(frames) })].join(" · ");
    setText(words, get("view") === "clip" ? t("Next: {settings}", { settings: chosen }) : chosen);
  });
  return handle;
}
