/** The row under the filmstrip: what can be done with what the stage shows. */

import { button, byId, h, icon, setStyle, setText } from "../base/dom.js";
import { bytesOf, duration, size, t } from "../base/language.js";
import { get, jobOnStage, watch } from "../base/store.js";
import { act, remove } from "../clips/actions.js";
import { stageName, stepOf } from "../clips/clip.js";
import { isTrimming } from "../finishing/chosen.js";
import { chooseShape, parameter, preset, resolved, setValues } from "../settings/current.js";
import { detailsButton, forDone, forTrim } from "./clip_tools.js";
import { pickFile } from "./upload.js";

export function createToolbar(player) {
  const toolbar = byId("toolbar");
  let key = null;
  let update = () => {};
  const shown = [
    "photo",
    "settings",
    "resolved",
    "view",
    "jobId",
    "jobs",
    "machine",
    "models",
    "trimming",
    "finishing",
  ];
  watch(shown, () => {
    if (!get("settings")) return;
    const job = jobOnStage();
    const kind = isTrimming() ? "trim" : job ? kindOf(job) : get("photo") ? "photo" : "empty";
    const now = `${kind} ${job?.id ?? ""}`;
    if (now !== key) {
      key = now;
      toolbar.dataset.kind = kind;
      const made = {
        photo: forPhoto,
        running: forRunning,
        done: forDone,
        trim: forTrim,
        queued: forQueued,
        failed: forEnded,
        cancelled: forEnded,
        stopped: forEnded,
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
    title: parameter("fit").guide,
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
      const always = isAlwaysSquare(preset(get("settings").preset));
      for (const element of buttons) {
        element.setAttribute("aria-pressed", String(element.dataset.shape === shape));
        element.disabled = always && element.dataset.shape !== "square";
      }
      whole.setAttribute("aria-pressed", String(fit === "pad"));
      facts.classList.toggle("why", always);
      setText(facts, [size(width, height), always && t("this preset is always square")].filter(Boolean).join(" · "));
    },
  };
}

/** Whether a preset makes the same of a photo of any shape. */
const isAlwaysSquare = ({ sizes }) => String(sizes.landscape) === String(sizes.portrait);

function forQueued(job) {
  return {
    parts: [detailsButton(job), button(t("Cancel"), () => act(job, "cancel"), { class: "quiet" })],
  };
}

function forEnded(job) {
  return {
    parts: [detailsButton(job), button(t("Delete"), () => remove(job), { name: "trash", class: "quiet" })],
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
