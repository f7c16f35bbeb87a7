/** What waits: its order, changed by dragging or with the arrow keys, and cancelled. */

import { api } from "../base/api.js";
import { h, icon, iconButton, keyed, setStyle, setText } from "../base/dom.js";
import { duration, number, t } from "../base/language.js";
import { announce, openPanel, showError } from "../base/overlays.js";
import { get, runningJob, set, waitingJobs, watch } from "../base/store.js";
import { act } from "./actions.js";
import { pictureOf, stageName, summary } from "./clip.js";
import { openClip } from "./gallery.js";
import { variationOf } from "./variations.js";

/** The button in the header: there only when something waits or runs. */
export function createQueueButton() {
  const count = h("span", { class: "count" });
  const open = h("button", { type: "button", class: "tool", onclick: openQueue }, icon("queue"), count);
  watch(["queue", "jobs"], () => {
    const total = waitingJobs().length + (runningJob() ? 1 : 0);
    open.hidden = total === 0;
    setText(count, number(total));
    open.setAttribute("aria-label", t("Queue: {n}", { n: number(total) }));
    open.title = open.getAttribute("aria-label");
  });
  return open;
}

function openQueue() {
  openPanel(t("Queue"), (body, close) => {
    const now = h("ul", { class: "queue" });
    const list = h("ol", { class: "queue" });
    const nothing = h("p", { class: "nothing" }, t("The queue is empty."));
    body.append(
      now,
      list,
      nothing,
      h("p", { class: "hint-line" }, t("Drag to change the order, or focus the handle and press ↑ or ↓.")),
    );
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
    });
    return unwatch;
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
  const grip = job.state === "queued" && !job.foreground && handle(job.id);
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

/** Puts a job `by` places further down, or before another one; shown at once, and as the server says afterwards. */
async function move(id, index) {
  const others = get("queue").filter((other) => other !== id);
  const place = Math.min(others.length, Math.max(0, index));
  const before = others[place] ?? null;
  set({ queue: [...others.slice(0, place), id, ...others.slice(place)] });
  announce(t("Now number {n} in the queue", { n: number(place + 1) }));
  try {
    await api.move(id, before);
  } catch (error) {
    showError(error);
  }
}

function handle(id) {
  const grip = iconButton("grip", t("Move it: use the arrow keys or drag"), () => {}, {
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
  grip.addEventListener("pointerdown", (event) => {
    const row = grip.closest("li");
    const rows = [...row.parentElement.children];
    const from = rows.indexOf(row);
    const { height } = row.getBoundingClientRect();
    const start = event.clientY;
    let to = from;
    grip.setPointerCapture(event.pointerId);
    row.classList.add("dragged");
    const follow = (moving) => {
      const dy = moving.clientY - start;
      setStyle(row, { transform: `translateY(${dy}px)` });
      to = Math.min(rows.length - 1, Math.max(0, from + Math.round(dy / height)));
      rows.forEach((other, index) => {
        const shift =
          other === row ? null : index > from && index <= to ? -height : index < from && index >= to ? height : 0;
        if (shift !== null) setStyle(other, { transform: shift ? `translateY(${shift}px)` : null });
      });
    };
    const drop = () => {
      grip.removeEventListener("pointermove", follow);
      row.classList.remove("dragged");
      for (const other of rows) setStyle(other, { transform: null });
      if (to !== from) move(id, to);
    };
    grip.addEventListener("pointermove", follow);
    grip.addEventListener("lostpointercapture", drop, { once: true });
  });
  return grip;
}
