/** What waits: its order, changed by dragging or with the arrow keys, and cancelled. */

import { api } from "../base/api.js";
import { h, iconButton, keyed, setStyle, setText } from "../base/dom.js";
import { duration, number, t } from "../base/language.js";
import { announce, openPanel, showError } from "../base/overlays.js";
import { get, runningJob, set, waitingJobs, watch } from "../base/store.js";
import { act } from "./actions.js";
import { pictureOf, stageName, summary } from "./clip.js";
import { openClip } from "./gallery.js";
import { createQueueControls } from "./queue_controls.js";
import { letReorder } from "./reorder.js";
import { variationOf } from "./variations.js";

export function openQueue() {
  openPanel(t("Queue"), (body, close) => {
    const now = h("ul", { class: "queue" });
    const list = h("ol", { class: "queue" });
    const controls = createQueueControls();
    const nothing = h("p", { class: "nothing" }, t("The queue is empty."));
    const words = t("Drag to change the order, or focus the handle and press ↑ or ↓.");
    const hint = h("p", { class: "hint-line" }, words);
    body.append(controls.element, now, list, nothing, hint);
    const unwatch = watch(["queue", "jobs"], () => {
      const active = runningJob();
      keyed(
        now,
        active ? [active] : [],
        (job) => job.id,
        (job) => makeRow(job, close),
        updateRow,
      );
      const waiting = waitingJobs();
      keyed(
        list,
        waiting,
        (job) => job.id,
        (job) => makeRow(job, close),
        updateRow,
      );
      nothing.hidden = Boolean(active) || waiting.length > 0;
      hint.hidden = get("queue").length < 2;
    });
    return () => {
      unwatch();
      controls.unwatch();
    };
  });
}

function makeRow(job, close) {
  const open = () => {
    close();
    openClip(job.id);
  };
  const words = h(
    "button",
    { type: "button", class: "queue-words", onclick: open },
    h("span", { class: "clip-title" }, job.title),
    h("span", { class: "clip-meta" }),
  );
  const grip = job.state === "queued" && !job.foreground && handle(job);
  const picture = h("span", { class: "queue-thumb" });
  const url = pictureOf(job);
  setStyle(picture, { "background-image": url ? `url("${url}")` : null });
  return h(
    "li",
    { class: "queue-row" },
    grip,
    picture,
    words,
    iconButton("close", t("Cancel: {title}", { title: job.title }), () => act(get("jobs").get(job.id), "cancel")),
  );
}

function updateRow(element, job) {
  const eta = job.eta_seconds ? ` · ${t("{time} left", { time: duration(job.eta_seconds) })}` : "";
  const words = job.state === "running" ? stageName(job) + eta : summary(job);
  setText(element.querySelector(".clip-meta"), [variationOf(job), words].filter(Boolean).join(" · "));
}

/** Puts a job at a place in the queue; shown at once, and as the server says afterwards. */
async function move(id, index) {
  const was = get("queue");
  const others = was.filter((other) => other !== id);
  const place = Math.min(others.length, Math.max(0, index));
  const before = others[place] ?? null;
  const queue = [...others.slice(0, place), id, ...others.slice(place)];
  set({ queue });
  announce(t("Now number {n} in the queue", { n: number(place + 1) }));
  try {
    await api.move(id, before);
  } catch (error) {
    if (get("queue") === queue) set({ queue: was }); // one of them runs by now, or is no more
    showError(error);
  }
}

function handle({ id, title }) {
  const grip = iconButton("grip", t("Move “{title}”: use the arrow keys or drag", { title }), () => {}, {
    class: "tool grip-handle",
  });
  grip.addEventListener("keydown", async (event) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const moved = move(id, get("queue").indexOf(id) + by);
    await Promise.resolve();
    grip.focus();
    await moved;
  });
  letReorder(grip, (index) => move(id, index));
  return grip;
}
