/** The row under the filmstrip: what can be done with what the stage shows. */

import { button, byId, h, icon, iconButton, setIcon, setStyle, setText } from "../base/dom.js";
import { bytesOf, duration, language, number, size, t } from "../base/language.js";
import { get, jobOnStage, model, watch } from "../base/store.js";
import { act, CALM, calmer, remix, remove, vary } from "../clips/actions.js";
import { madeWith, stageName, stepOf, summary } from "../clips/clip.js";
import { canCompare, pickOther } from "../compare/picking.js";
import { chooseShape, resolved, setValues } from "../settings/current.js";
import { pickFile } from "./upload.js";

export function createToolbar(player) {
  const toolbar = byId("toolbar");
  let key = null;
  let update = () => {};
  watch(["photo", "settings", "resolved", "view", "jobId", "jobs", "machine", "models"], () => {
    if (!get("settings")) return;
    const job = jobOnStage();
    const kind = job ? kindOf(job) : get("photo") ? "photo" : "empty";
    const now = `${kind} ${job?.id ?? ""}`;
    if (now !== key) {
      key = now;
      toolbar.dataset.kind = kind;
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
      toolbar.replaceChildren(...made.parts);
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
  const buttons = shapes.map(([shape, name, label]) =>
    h(
      "button",
      { type: "button", "aria-label": label, title: label, dataset: { shape }, onclick: () => chooseShape(shape) },
      icon(name),
    ),
  );
  const whole = button(t("Whole photo"), () => setValues({ fit: resolved().fit === "pad" ? undefined : "pad" }), {
    class: "quiet toggle",
  });
  const facts = h("p", { class: "facts" });
  return {
    parts: [
      h("div", { class: "segments", role: "group", "aria-label": t("Shape") }, buttons),
      whole,
      facts,
      button(t("Change photo"), pickFile, { name: "photo", class: "quiet" }),
    ],
    update() {
      const { width, height, fit } = resolved();
      const { shape } = get("resolved");
      for (const element of buttons) element.setAttribute("aria-pressed", String(element.dataset.shape === shape));
      whole.setAttribute("aria-pressed", String(fit === "pad"));
      setText(facts, size(width, height));
    },
  };
}

function forQueued(job) {
  return {
    parts: [
      h("p", { class: "facts grow" }, summary(job)),
      button(t("Cancel"), () => act(job, "cancel"), { class: "quiet" }),
    ],
  };
}

function forEnded(job) {
  return {
    parts: [
      h("p", { class: "facts grow" }, summary(job)),
      button(t("Delete"), () => remove(job), { name: "trash", class: "quiet" }),
    ],
  };
}

function forRunning(job) {
  const left = h("strong", { class: "left" });
  const what = h("span", { class: "what" });
  const fill = h("span", { class: "fill" });
  const rss = h("span", { class: "rss" });
  const gauge = h(
    "p",
    { class: "gauge", title: t("Memory this video uses") },
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
      const name = stageName(now);
      setText(what, stopping ? t("after this step") : step ? `${name} · ${step}` : name);
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
  const beside = iconButton("beside", t("Compare with another clip"), () => pickOther(job));
  player.onchange = refresh;
  refresh();
  const { motion } = job.settings;
  const calm =
    model(job.settings.model)?.state === "built in"
      ? t("Calmer movement ({motion})", { motion: CALM })
      : t("Melting? Calmer movement ({motion})", { motion: CALM });
  return {
    parts: [
      h(
        "div",
        { class: "row tight", role: "group", "aria-label": t("Playback") },
        iconButton("back", t("Previous frame"), () => player.step(-1)),
        play,
        iconButton("next", t("Next frame"), () => player.step(1)),
        loop,
        speed,
        compare,
      ),
      h("p", { class: "facts", title: madeWith(job) }, summary(job)),
      h(
        "div",
        { class: "row tight end", role: "group", "aria-label": t("This clip") },
        motion > CALM && button(calm, () => calmer(job), { class: "quiet calmer" }),
        iconButton("remix", t("Remix: its settings, a new seed"), () => remix(job)),
        iconButton("vary", t("Vary: the same settings, a new seed"), () => vary(job)),
        beside,
        iconButton("trash", t("Delete"), () => remove(job)),
        downloads(job),
      ),
    ],
    update() {
      beside.hidden = !canCompare();
    },
  };
}

function downloads(job) {
  const formats = [
    ["mp4", t("Video, MP4")],
    ["gif", t("Animated image, GIF")],
    ["webp", t("Animated image, WebP")],
  ];
  const link = ([format, label]) =>
    h(
      "a",
      {
        href: `/api/jobs/${job.id}/video.${format}?download=1&lang=${language}`,
        download: true,
        onclick: () => {
          menu.open = false;
        },
      },
      label,
    );
  const summaryElement = h("summary", { class: "button solid" }, icon("download"), h("span", {}, t("Download")));
  const menu = h("details", { class: "menu" }, summaryElement, h("div", { class: "menu-list" }, formats.map(link)));
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    summaryElement.focus();
  });
  return menu;
}
