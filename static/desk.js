/** The row under the strip: what belongs to what the stage shows. */

import { CALM, act, calmer, remix, remove, vary } from "./actions.js";
import { choose, chooseShape, photoShape, settled, shapeOf } from "./choice.js";
import { button, byId, h, icon, iconButton, setIcon, setStyle, setText } from "./dom.js";
import { bytes, bytesOf, clipLength, duration, fileSizeOf, number, size } from "./format.js";
import { pickFile } from "./open.js";
import { get, shown, watch } from "./store.js";
import { language, t } from "./words.js";

export function createDesk(player) {
  const desk = byId("desk");
  let key = null;
  let update = () => {};
  watch(["photo", "choice", "view", "jobId", "jobs", "machine"], () => {
    if (!get("choice")) return;
    const job = shown();
    const kind = job ? kindOf(job) : get("photo") ? "photo" : "empty";
    const now = `${kind} ${job?.id ?? ""}`;
    if (now !== key) {
      key = now;
      desk.dataset.kind = kind;
      const made = {
        photo: forPhoto,
        running: forRunning,
        done: forDone,
        queued: forQueued,
        failed: forEnded,
        cancelled: forEnded,
        ended: forEnded,
      }[kind]?.(job, player) ?? { parts: [] };
      update = made.update ?? (() => {});
      desk.replaceChildren(...made.parts);
    }
    update(job);
  });
}

const NOTHING_YET = 64 * 1024 ** 2; // bytes of a process that has only just begun

/** A clip whose file is gone has nothing to play. */
const kindOf = (job) => (job.state === "done" && !job.video_url ? "ended" : job.state);

function forPhoto() {
  const shapes = [
    ["landscape", "wide", t("Landscape")],
    ["square", "square", t("Square")],
    ["portrait", "tall", t("Portrait")],
  ];
  const pick = (shape) => chooseShape(shape === photoShape() ? null : shape);
  const buttons = shapes.map(([shape, name, label]) =>
    h(
      "button",
      { type: "button", "aria-label": label, title: label, dataset: { shape }, onclick: () => pick(shape) },
      icon(name),
    ),
  );
  const whole = button(t("Whole photo"), () => choose({ fit: settled().fit === "pad" ? undefined : "pad" }), {
    class: "quiet toggle",
  });
  const measure = h("p", { class: "measure" });
  return {
    parts: [
      h("div", { class: "segments", role: "group", "aria-label": t("Shape") }, buttons),
      whole,
      measure,
      button(t("Another photo"), pickFile, { name: "photo", class: "quiet" }),
    ],
    update() {
      const { width, height, fit } = settled();
      for (const element of buttons)
        element.setAttribute("aria-pressed", String(element.dataset.shape === shapeOf(width, height)));
      whole.setAttribute("aria-pressed", String(fit === "pad"));
      setText(measure, size(width, height));
    },
  };
}

function forQueued(job) {
  return {
    parts: [
      h("p", { class: "measure grow" }, summary(job)),
      button(t("Cancel"), () => act(job, "cancel"), { class: "quiet" }),
    ],
  };
}

function forEnded(job) {
  return {
    parts: [
      h("p", { class: "measure grow" }, summary(job)),
      button(t("Delete"), () => remove(job), { name: "trash", class: "quiet" }),
    ],
  };
}

/** What a stage of a run does, in the words of whoever waits for it. */
export function stageName(stage) {
  switch (stage) {
    case "wait":
      return t("Waiting for another run");
    case "photo":
      return t("Reading the photo");
    case "check":
      return t("Checking what is here");
    case "fetch":
      return t("Fetching the model");
    case "convert":
      return t("Making the model smaller");
    case "load":
      return t("Loading the model");
    case "look":
      return t("Looking at the photo");
    case "depth":
      return t("Measuring the depth");
    case "denoise":
      return t("Developing");
    case "decode":
      return t("Printing the frames");
    case "frames":
      return t("Making the frames");
    case "encode":
      return t("Writing the video");
    default:
      return t("Getting ready");
  }
}

function stepOf({ stage, step, total }) {
  if (!total || total < 2 || step === null) return "";
  if (stage === "fetch" || stage === "check") return fileSizeOf(step, total);
  if (stage === "denoise") return t("step {step} of {total}", { step: number(step), total: number(total) });
  return t("{step} of {total}", { step: number(step), total: number(total) });
}

function forRunning(job) {
  const left = h("strong", { class: "left" });
  const what = h("span", { class: "what" });
  const fill = h("span", { class: "fill" });
  const rss = h("span", { class: "rss" });
  const gauge = h(
    "p",
    { class: "gauge", title: t("Memory of this run") },
    icon("memory"),
    rss,
    h("span", { class: "gauge-bar", "aria-hidden": "true" }, fill),
  );
  const cancel = button(t("Cancel"), () => act(job, "cancel"), { class: "quiet" });
  return {
    parts: [h("p", { class: "progress" }, left, what), gauge, cancel],
    update(now) {
      const stopping = now.cancel_requested;
      const eta = now.eta_seconds;
      setText(
        left,
        stopping
          ? t("Stopping…")
          : eta === null || eta === undefined
            ? t("One moment…")
            : t("{time} left", { time: duration(eta) }),
      );
      const step = stepOf(now);
      const name = stageName(now.stage);
      setText(what, stopping ? t("at the end of this step") : step ? `${name} · ${step}` : name);
      cancel.disabled = stopping;
      const { memory } = now;
      gauge.hidden = !memory || memory.rss < NOTHING_YET;
      if (memory) {
        const whole = memory.rss + memory.available;
        gauge.dataset.pressure = memory.pressure;
        setText(rss, bytesOf(memory.rss, whole));
        setStyle(fill, { width: `${(100 * memory.rss) / whole}%` });
      }
    },
  };
}

/** "640 × 384 · 14 frames · 2.3 s" */
export function summary({ settings }) {
  const { width, height, frames, fps } = settings;
  return [size(width, height), t("{n} frames", { n: number(frames) }), clipLength(frames / fps)].join(" · ");
}

function forDone(job, player) {
  const play = iconButton("pause", t("Pause"), player.toggle);
  const loop = iconButton("loop", t("Loop"), player.loop);
  const speed = h("button", { type: "button", class: "tool speed", onclick: player.faster });
  const compare = iconButton("compare", t("Compare with the photo"), () => player.compare());
  const refresh = () => {
    const { paused } = player.video;
    setIcon(play, paused ? "play" : "pause");
    play.setAttribute("aria-label", paused ? t("Play") : t("Pause"));
    play.title = play.getAttribute("aria-label");
    loop.setAttribute("aria-pressed", String(player.video.loop));
    compare.setAttribute("aria-pressed", String(player.comparing));
    const words = `${number(player.speed, 2)}×`;
    setText(speed, words);
    speed.setAttribute("aria-label", t("Speed: {speed}", { speed: words }));
    speed.title = speed.getAttribute("aria-label");
  };
  player.onchange = refresh;
  refresh();
  const { motion, model } = job.settings;
  const calm =
    model === "draft"
      ? t("Calmer motion ({motion})", { motion: CALM })
      : t("It melts? Calmer motion ({motion})", { motion: CALM });
  return {
    parts: [
      h(
        "div",
        { class: "row tight", role: "group", "aria-label": t("Playing") },
        iconButton("back", t("One frame back"), () => player.step(-1)),
        play,
        iconButton("next", t("One frame on"), () => player.step(1)),
        loop,
        speed,
        compare,
      ),
      h("p", { class: "measure", title: madeWith(job) }, summary(job)),
      h(
        "div",
        { class: "row tight end", role: "group", "aria-label": t("This clip") },
        motion > CALM && button(calm, () => calmer(job), { class: "quiet melts" }),
        iconButton("remix", t("Remix: its settings, a new seed"), () => remix(job)),
        iconButton("vary", t("Vary: the same again with a new seed"), () => vary(job)),
        iconButton("trash", t("Delete"), () => remove(job)),
        downloads(job),
      ),
    ],
  };
}

function madeWith({ settings, peak_bytes: peak, seconds }) {
  const total = Object.values(seconds ?? {}).reduce((sum, value) => sum + value, 0);
  const parts = [`${t("Seed")} ${settings.seed}`, settings.model];
  if (total) parts.push(t("made in {time}", { time: duration(total) }));
  if (peak) parts.push(t("{amount} of memory", { amount: bytes(peak) }));
  return parts.join(" · ");
}

function downloads(job) {
  const formats = [
    ["mp4", t("Video, MP4")],
    ["gif", t("Moving picture, GIF")],
    ["webp", t("Moving picture, WebP")],
  ];
  const link = ([format, label]) =>
    h(
      "a",
      {
        href: `/api/jobs/${job.id}/video.${format}?download=1&lang=${language}`,
        download: true,
        onclick: () => (menu.open = false),
      },
      label,
    );
  const summaryElement = h("summary", { class: "button solid" }, icon("download"), h("span", {}, t("Download")));
  const menu = h("details", { class: "menu" }, summaryElement, h("div", { class: "menu-list" }, formats.map(link)));
  menu.addEventListener("focusout", (event) => menu.contains(event.relatedTarget) || (menu.open = false));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    summaryElement.focus();
  });
  return menu;
}
