/** The filmstrip: what will be, how it develops, and then the scrubber of the player. One object all along. */

import { byId, h, keyed, prefersReducedMotion, setStyle } from "../base/dom.js";
import { letDrag } from "../base/drag.js";
import { number, t } from "../base/language.js";
import { get, jobOnStage, watch } from "../base/store.js";
import { clipOf, developed, fractionOf, pictureOf } from "../clips/clip.js";
import { resolved } from "../settings/current.js";

const cells = h("div", { class: "cells", "aria-hidden": "true" });
const progressLine = h("div", { class: "progress-line", "aria-hidden": "true" });
const playhead = h("div", { class: "playhead", "aria-hidden": "true" });

const MOST_CELLS = 60;
const GAP = 3; // px between two cells

let player = null;
const NO_SPRITE = { wanted: null, url: null, job: null, count: 0 };

let sprite = NO_SPRITE;

/** Sets the filmstrip up; the player gives `seek(fraction)`, `step(by)`, and says where it is by `movePlayhead`. */
export function createFilmstrip(thePlayer) {
  player = thePlayer;
  const root = byId("filmstrip");
  root.append(h("div", { class: "film" }, cells), progressLine, playhead);
  const to = (event) => {
    const box = cells.getBoundingClientRect();
    player.seek(Math.min(0.9999, Math.max(0, (event.clientX - box.left) / box.width)));
  };
  letDrag(root, {
    sideways: true,
    begin(press) {
      if (root.dataset.mode !== "done") return false;
      root.focus({ preventScroll: true });
      player.hold();
      to(press);
      return true;
    },
    move: to,
    end: () => player.release(),
    cancel: () => player.release({ back: true }),
  });
  root.addEventListener("keydown", (event) => {
    if (root.dataset.mode !== "done") return;
    const by = {
      ArrowLeft: -1,
      ArrowDown: -1,
      ArrowRight: 1,
      ArrowUp: 1,
      PageUp: 5,
      PageDown: -5,
      Home: -999,
      End: 999,
    };
    if (!(event.key in by)) return;
    event.preventDefault();
    event.stopPropagation();
    player.step(by[event.key]);
  });
  watch(["photo", "settings", "resolved", "view", "jobId", "jobs"], show);
  new ResizeObserver(show).observe(cells);
}

/** The playhead, at a fraction of the clip. */
export function movePlayhead(fraction, frames) {
  const root = byId("filmstrip");
  if (root.dataset.mode !== "done") return;
  setStyle(playhead, { "--at": fraction.toFixed(4) });
  const index = Math.min(frames - 1, Math.floor(fraction * frames));
  if (root.getAttribute("aria-valuenow") === String(index + 1)) return;
  root.setAttribute("aria-valuenow", String(index + 1));
  root.setAttribute("aria-valuetext", t("Frame {n} of {total}", { n: number(index + 1), total: number(frames) }));
}

/** How many cells the strip has: one for each frame, or as many as have room in the clip's own shape, evenly. */
function cellsFor(frames, shape) {
  const { clientWidth: width, clientHeight: height } = cells;
  const room = Math.floor((width + GAP) / (height * shape + GAP)) || MOST_CELLS;
  return Math.max(1, Math.min(frames, MOST_CELLS, room));
}

function modeOf(job) {
  if (!job) return get("photo") ? "photo" : "empty";
  if (job.state === "done") return job.video_url ? "done" : "ended";
  return { queued: "waiting", running: "running" }[job.state] ?? "ended";
}

function show() {
  if (!get("settings")) return;
  const job = jobOnStage();
  const { width, height, frames, focus } = job ? clipOf(job) : { ...resolved(), ...get("resolved").video };
  const shown = cellsFor(frames, width / height);
  const mode = modeOf(job);
  const root = byId("filmstrip");
  root.dataset.mode = mode;
  keyed(
    cells,
    Array.from({ length: shown }, (_, index) => index),
    (index) => index,
    () => h("div", { class: "cell" }, h("div", { class: "cell-picture" })),
  );
  setStyle(root, { "--a": String(width / height) });
  describe(root, mode, frames);
  if (mode === "photo") showPhoto(get("photo").url, focus);
  else if (mode === "empty") showNothing();
  else showSprite(job, width / height);
  showProgress(job, mode);
}

function describe(root, mode, frames) {
  const interactive = mode === "done";
  root.tabIndex = interactive ? 0 : -1;
  root.setAttribute("role", interactive ? "slider" : "img");
  const label = interactive ? t("Frames of the video") : t("The video: {n} frames", { n: number(frames) });
  root.setAttribute("aria-label", label);
  if (interactive) {
    root.setAttribute("aria-valuemin", "1");
    root.setAttribute("aria-valuemax", String(frames));
    if (!root.hasAttribute("aria-valuenow")) root.setAttribute("aria-valuenow", "1");
  } else for (const name of ["valuemin", "valuemax", "valuenow", "valuetext"]) root.removeAttribute(`aria-${name}`);
}

const pictures = () => [...cells.querySelectorAll(".cell-picture")];

function showNothing() {
  sprite = NO_SPRITE;
  for (const picture of pictures()) setStyle(picture, { "background-image": null });
}

function showPhoto(url, [x, y]) {
  sprite = NO_SPRITE;
  for (const picture of pictures()) {
    setStyle(picture, {
      "background-image": `url("${url}")`,
      "background-size": "cover",
      "background-position": `${100 * x}% ${100 * y}%`,
    });
  }
}

/** The newest preview, when it is loaded: until then the one before stays, and before the first the photo. */
async function showSprite(job, shape) {
  const url = job.preview_url;
  if (!url) {
    const photo = pictureOf(job);
    if (photo && job.state !== "done") showPhoto(photo, [0.5, 0.5]);
    else showNothing();
    return;
  }
  const draw = () => {
    const all = pictures();
    for (const [index, picture] of all.entries()) {
      showFrame(picture, url, Math.floor((index * sprite.count) / all.length), sprite.count);
    }
  };
  if (sprite.url === url) {
    draw();
    return;
  }
  if (sprite.wanted === url) return;
  if (sprite.job !== job.id) showNothing();
  sprite = { ...sprite, job: job.id, wanted: url };
  const count = await framesIn(url, shape);
  if (!count || sprite.wanted !== url || jobOnStage()?.id !== job.id) return;
  sprite = { ...sprite, url, count };
  draw();
}

/** A thin light that runs along the filmstrip with what has been done. */
function showProgress(job, mode) {
  if (mode !== "running") return;
  setStyle(byId("filmstrip"), { "--done": fractionOf(job).toFixed(4), "--developed": developed(job).toFixed(3) });
}

/** How many frames of this shape are in the sprite at `url`, once it can be shown without a flash; 0 if it is gone. */
export async function framesIn(url, shape) {
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    return 0; // a newer one has taken its place on the server
  }
  return Math.max(1, Math.round(image.naturalWidth / image.naturalHeight / shape));
}

/** Shows frame `index` of `count` of the sprite at `url` in an element. */
export function showFrame(element, url, index, count) {
  setStyle(element, {
    "background-image": `url("${url}")`,
    "background-size": `${count * 100}% 100%`,
    "background-position": `${count > 1 ? (100 * index) / (count - 1) : 0}% 0`,
  });
}

/**
 * Plays all frames of a clip that is not a video yet, from a sprite: `show(url, clip)` loads one and changes over to
 * it, `stop()` rests.
 */
export function createPreview(element) {
  let timer = 0;
  let index = 0;
  let wanted = null;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
  };
  return {
    stop() {
      stop();
      wanted = null;
    },
    async show(url, { width, height, fps }) {
      if (wanted === url) return;
      wanted = url;
      const frames = await framesIn(url, width / height);
      if (!frames || wanted !== url) return;
      stop();
      const next = () => {
        index = (index + 1) % frames;
        showFrame(element, url, index, frames);
      };
      index = Math.min(index, frames - 1);
      showFrame(element, url, index, frames);
      if (!prefersReducedMotion()) timer = setInterval(next, 1000 / fps);
    },
  };
}
