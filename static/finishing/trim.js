/** Trimming: two handles at the filmstrip, moved by pointer or keys from frame to frame; what lies between them plays. */

import { byId, h, setStyle } from "../base/dom.js";
import { letDrag } from "../base/drag.js";
import { clipDuration, number, t } from "../base/language.js";
import { get, jobOnStage, set, watch } from "../base/store.js";
import { clipOf } from "../clips/clip.js";
import { choose, chosenFor, isTrimming, trimmable } from "./chosen.js";

const KEYS = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageUp: 5, PageDown: -5, Home: -999, End: 999 };

/** The part of the video that is chosen, in frames of its source: {first, end, count, fps}. */
function partOf(job) {
  const room = trimmable(job);
  if (!room) return null;
  const count = Math.round(room.seconds * room.fps);
  const { trim } = chosenFor(job);
  if (!trim) return { ...room, count, first: 0, end: count };
  const [first, end] = trim.map((seconds) => Math.round((seconds - room.from) * room.fps));
  const inside = Math.min(count - 1, Math.max(0, first));
  return { ...room, count, first: inside, end: Math.min(count, Math.max(inside + 1, end)) };
}

/** Shows the handles, or puts them away. */
export function trim(job, on = true) {
  set({ trimming: on ? job.id : null });
  if (on) queueMicrotask(() => document.querySelector(".trim-handle")?.focus({ preventScroll: true }));
}

/** "0.5 s – 1.8 s: 1.3 s" */
export function partWords(job) {
  const { first, end, fps } = partOf(job);
  return t("{from} to {to}: {length}", {
    from: seconds(first / fps),
    to: seconds(end / fps),
    length: clipDuration((end - first) / fps),
  });
}

const seconds = (value) => `${number(value, 2, false, 2)} s`;

/** Chooses the part between two frames; all of it is “off”. */
function take(job, first, end) {
  const { from, fps, count } = partOf(job);
  const whole = first === 0 && end === count && from === 0;
  const at = (index) => Math.round(1000 * (from + index / fps)) / 1000;
  choose(job, "trim", whole ? undefined : [at(first), at(end)]);
}

export const takeAll = (job) => take(job, 0, partOf(job).count);

export function createTrim(player) {
  const handles = ["first", "end"].map((side) => createHandle(side, player));
  const shades = ["first", "end"].map((side) => h("div", { class: `trim-shade ${side}` }));
  const layer = h("div", { class: "trim", role: "group", "aria-label": t("The part that is kept") }, shades, handles);
  byId("filmstrip").after(layer);
  watch(["trimming", "finishing", "jobs", "jobId", "view"], () => {
    const job = jobOnStage();
    if (get("trimming") && get("trimming") !== job?.id) set({ trimming: null });
    const part = isTrimming() ? partOf(job) : null;
    layer.hidden = !part;
    player.within(part && { from: part.first / part.fps, to: part.end / part.fps });
    if (!part) return;
    const length = clipOf(job).frames / clipOf(job).fps;
    setStyle(layer, {
      "--first": String(part.first / part.fps / length),
      "--end": String(part.end / part.fps / length),
    });
    for (const handle of handles) handle.update(part);
  });
}

function createHandle(side, player) {
  const handle = h("div", {
    class: `trim-handle ${side}`,
    role: "slider",
    tabindex: "0",
    "aria-label": side === "first" ? t("Beginning") : t("End"),
  });
  const go = (index) => {
    const job = jobOnStage();
    const { first, end, count, fps } = partOf(job);
    const next = side === "first" ? Math.min(end - 1, Math.max(0, index)) : Math.max(first + 1, Math.min(count, index));
    if (side === "first") take(job, next, end);
    else take(job, first, next);
    player.rest((next + (side === "first" ? 0.5 : -0.5)) / fps);
  };
  handle.addEventListener("keydown", (event) => {
    if (!(event.key in KEYS)) return;
    event.preventDefault();
    event.stopPropagation();
    go(partOf(jobOnStage())[side] + KEYS[event.key]);
  });
  let before = 0;
  letDrag(handle, {
    sideways: true,
    begin() {
      before = partOf(jobOnStage())[side];
      handle.focus({ preventScroll: true });
    },
    move({ clientX }) {
      const box = document.querySelector(".cells").getBoundingClientRect();
      const { frames, fps } = clipOf(jobOnStage());
      go(Math.round(((clientX - box.left) / box.width) * (frames / fps) * partOf(jobOnStage()).fps));
    },
    end: player.again,
    cancel() {
      go(before);
      player.again();
    },
  });
  handle.update = (part) => {
    handle.setAttribute("aria-valuemin", "0");
    handle.setAttribute("aria-valuemax", String(part.count));
    handle.setAttribute("aria-valuenow", String(part[side]));
    handle.setAttribute("aria-valuetext", seconds(part[side] / part.fps));
  };
  return handle;
}
