/** What will happen, said before it does: time, memory, whether it fits, and what would. */

import { button, h, icon, setStyle, setText } from "../base/dom.js";
import { bytes, bytesOf, duration, number, shortDuration, size, t } from "../base/language.js";
import { announce } from "../base/overlays.js";
import { get, watch } from "../base/store.js";
import { parameter, preset, setValues } from "./current.js";
import { createHowMany } from "./how_many.js";
import { downloadWords, missing, missingAdvice } from "./missing.js";
import { pressGenerate } from "./press.js";
import { verdict } from "./verdict.js";

const READ = 400; // ms that it has to have said what it does before a press counts that downloads something
const WORTH = 300e6; // bytes that a program must hold before anybody is asked to close it

export function createGenerate() {
  const words = h("span", { class: "estimate-words" });
  const fill = h("span", { class: "fill" });
  const line = h("p", { class: "estimate-line" }, h("span", { class: "dot", "aria-hidden": "true" }), words);
  const bar = h("span", { class: "gauge-bar", "aria-hidden": "true" }, fill);
  const advice = h("div", { class: "advice" });
  const label = h("span", { class: "generate-label" });
  const detail = h("span", { class: "generate-detail" });
  const go = h(
    "button",
    {
      type: "button",
      id: "generate",
      class: "generate",
      onclick: press,
      // A key that is still down from something else is no press.
      onkeydown: (event) => event.repeat && event.preventDefault(),
      "aria-keyshortcuts": "Control+Enter Meta+Enter",
    },
    label,
    detail,
  );
  const row = h("div", { class: "generate-row" }, go, createHowMany());
  const root = h("div", { class: "estimate" }, advice, h("div", { class: "estimate-head" }, line, bar), row);
  let advised = "";
  let said = "";
  let offers = { download: false, since: 0 };

  function press() {
    const read = offers.download && performance.now() - offers.since >= READ;
    if (read || !get("photo") || !missing().length) pressGenerate();
  }

  watch(
    [
      "estimate",
      "settings",
      "resolved",
      "photo",
      "models",
      "extras",
      "machine",
      "jobs",
      "connection",
      "reading",
      "starting",
      "paused",
    ],
    () => {
      const estimate = get("estimate");
      const known = estimate && !estimate.error;
      const level = known ? estimate.level : "none";
      root.dataset.level = level;
      setText(words, known ? estimateWords(estimate) : (estimate?.error?.message ?? t("Estimating…")));
      setStyle(fill, { width: known ? `${Math.min(100, (100 * estimate.peak_bytes) / estimate.budget_bytes)}%` : "0" });
      bar.hidden = !known;
      const absent = missing();
      const { title, note } = generateWords(estimate, known, absent);
      const download = absent.length > 0;
      if (download !== offers.download) offers = { download, since: performance.now() };
      setText(label, title);
      setText(detail, note);
      go.setAttribute("aria-busy", String(get("starting")));
      go.disabled =
        Boolean(get("reading")) ||
        get("connection") === "gone" ||
        Boolean(estimate?.error && estimate.error.status === 422);
      const key = JSON.stringify([
        level,
        known && estimate.nearest,
        known && estimate.remark,
        absent.map(({ id, progress }) => [id, progress?.state]),
        level === "green" || largestProgram(),
      ]);
      if (key !== advised) {
        advised = key;
        advice.replaceChildren(...adviceFor(known ? estimate : null, level, absent));
      }
      if (level !== said) {
        if (level === "red") announce(words.textContent);
        said = level;
      }
    },
  );
  return root;
}
/** "4 min 10 s · 2.1 of 5.3 GB · fits" */
function estimateWords(estimate) {
  const { seconds, peak_bytes: peak, budget_bytes: budget } = estimate;
  return [duration(seconds), bytesOf(peak, budget), verdict(estimate)].join(" · ");
}

function generateWords(estimate, known, absent) {
  if (get("starting")) return { title: t("One moment…"), note: "" };
  if (!get("photo")) return { title: t("Choose a photo"), note: "" };
  if (absent.length) return downloadWords(absent);
  const busy = [...get("jobs").values()].some(({ state }) => state === "running" || state === "queued");
  if (known && !estimate.fits) return { title: t("Generate anyway"), note: t("it may run out of memory") };
  const { count } = get("settings");
  const about = known ? t("about {time}", { time: shortDuration(count * estimate.seconds) }) : "";
  if (get("paused")) return { title: t("Add to the queue"), note: t("queue paused") };
  const note = busy ? about : about && [about, verdict(estimate)].join(" · ");
  if (count > 1) return { title: t("Generate {n} variations", { n: number(count) }), note };
  return { title: busy ? t("Add to the queue") : t("Generate"), note };
}

/** What would help, each with one click. */
function adviceFor(estimate, level, absent) {
  const parts = [];
  if (absent.length) parts.push(...missingAdvice(absent));
  else if (level === "red") {
    parts.push(h("p", {}, icon("warn"), h("span", {}, tooMuch(estimate))));
    const chips = estimate.nearest.map((changes) =>
      button(changeWords(changes), () => setValues(changes), { class: "chip" }),
    );
    if (chips.length) parts.push(h("div", { class: "row chips" }, h("span", {}, t("These settings fit:")), chips));
  } else if (level === "yellow" && closing()) parts.push(h("p", {}, closing()));
  if (estimate?.remark) parts.push(h("p", {}, icon("warn"), h("span", {}, estimate.remark)));
  return parts;
}

/** The largest of the open programs, if closing it is worth the trouble. */
function largestProgram() {
  const [largest] = get("machine")?.programs ?? [];
  return largest && largest.bytes > WORTH ? largest : null;
}

function closing() {
  const largest = largestProgram();
  return largest ? t("Close {program} to free {size}.", { program: largest.name, size: bytes(largest.bytes) }) : "";
}

/** What to do when it does not fit: close what would be enough, or choose less. */
function tooMuch({ peak_bytes: peak, budget_bytes: budget }) {
  const largest = largestProgram();
  if (!largest || peak > budget + largest.bytes) {
    return t("It needs {needed}, but only {budget} are available: choose smaller settings.", {
      needed: bytes(peak),
      budget: bytes(budget),
    });
  }
  const values = { program: largest.name, size: bytes(largest.bytes) };
  const smaller = smallestPreset();
  if (smaller)
    return t("There isn't enough free memory: close {program} ({size}) or choose {preset}.", {
      ...values,
      preset: smaller.label,
    });
  return t("There isn't enough free memory: close {program} ({size}) or choose smaller settings.", values);
}

/** The preset that needs the least memory, if that fits. */
function smallestPreset() {
  const fitting = Object.entries(get("presetEstimates")).filter(([, estimate]) => estimate.fits);
  const [smallest] = fitting.sort(([, one], [, other]) => one.peak_bytes - other.peak_bytes);
  return smallest ? preset(smallest[0]) : null;
}

/** "448 × 256, 10 frames, 8 bits" */
function changeWords({ width, height, frames, ...others }) {
  const parts = [];
  if (width && height) parts.push(size(width, height));
  if (frames) parts.push(t("{n} frames", { n: number(frames) }));
  for (const [name, value] of Object.entries(others)) {
    const { label, labels } = parameter(name);
    parts.push(labels?.[value] ?? `${label} ${value}`);
  }
  return parts.join(", ");
}
