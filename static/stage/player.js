/** Playing a finished clip: video, frame steps, speed, loop, and the photo beside it. */

import { h, prefersReducedMotion, setStyle } from "../base/dom.js";
import { t } from "../base/language.js";
import { keep, recall } from "../base/storage.js";
import { clipOf, playedFrom } from "../clips/clip.js";
import { createWipe } from "../compare/wipe.js";
import { movePlayhead } from "./filmstrip.js";
import { isFull, onFullScreen, toggleFull } from "./full_screen.js";

const SPEEDS = [0.25, 0.5, 1, 2];
const KEPT = "player"; // {speed, loop}: how clips are watched on this computer

export function createPlayer() {
  const video = h("video", {
    class: "clip",
    playsinline: true,
    muted: true,
    loop: true,
    preload: "auto",
    "aria-label": t("The video"),
    tabindex: "-1",
  });
  const kept = recall(KEPT);
  video.loop = kept?.loop !== false;
  if (SPEEDS.includes(kept?.speed)) video.defaultPlaybackRate = video.playbackRate = kept.speed;
  const before = h("img", { class: "before", alt: "" });
  const wipe = createWipe(t("Photo on the left, video on the right"), (place) =>
    setStyle(layer, { "--cut": `${place}%` }),
  );
  const layer = h("div", { class: "player" }, video, before, wipe.area);
  let job = null;
  let held = null; // {playing, at}: how it was before somebody took the playhead
  let part = null; // {from, to}: what alone plays, in seconds

  const tell = () => player.onchange();
  const frames = () => clipOf(job).frames;
  const length = () =>
    Number.isFinite(video.duration) && video.duration > 0 ? video.duration : frames() / clipOf(job).fps;

  function follow() {
    if (!job) return;
    const outside = part && (video.currentTime >= part.to || video.currentTime < part.from - 0.05);
    if (outside && !video.paused) video.currentTime = part.from;
    movePlayhead(video.currentTime / length(), frames());
    if (!video.paused && layer.isConnected) requestAnimationFrame(follow);
  }
  video.addEventListener("play", () => {
    follow();
    tell();
  });
  for (const name of ["pause", "ratechange", "ended"]) video.addEventListener(name, tell);
  for (const name of ["seeked", "loadedmetadata"]) video.addEventListener(name, () => video.paused && follow());
  video.addEventListener("click", () => player.toggle());
  video.addEventListener("dblclick", () => toggleFull(video)); // its two clicks have undone each other
  onFullScreen(() => tell());

  const play = () =>
    video.play().catch((error) => error.name === "NotAllowedError" || error.name === "AbortError" || tell());

  const remember = () => keep(KEPT, { speed: video.playbackRate, loop: video.loop });

  const player = {
    layer,
    video,
    /** Called when what the buttons show has changed. */
    onchange: () => {},
    load(next) {
      if (job?.id === next?.id && job?.video_url === next?.video_url) return;
      job = next;
      player.compare(false);
      if (!next) {
        if (isFull()) toggleFull(video);
        video.pause();
        video.removeAttribute("src");
        video.load();
        return;
      }
      video.poster = next.poster_url ?? "";
      video.src = playedFrom(next);
      before.src = next.photo_url ?? "";
      before.alt = t("The photo");
      wipe.place(50);
      if (!prefersReducedMotion()) play();
      tell();
    },
    toggle: () => (video.paused ? play() : video.pause()),
    /** Goes to a fraction of the clip. */
    seek(fraction) {
      video.currentTime = fraction * length();
      movePlayhead(fraction, frames());
    },
    /** Goes `by` frames on and rests there, in the middle of a frame, where no rounding can miss it. */
    step(by) {
      video.pause();
      const index = Math.abs(by) > 100 ? (by > 0 ? frames() - 1 : 0) : (player.frame + by + frames()) % frames();
      player.seek((index + 0.5) / frames());
    },
    /** The frame that is shown. */
    get frame() {
      return Math.min(frames() - 1, Math.floor((video.currentTime / length()) * frames() + 1e-4));
    },
    /** Plays a part of the clip alone; null is all of it. */
    within(next) {
      part = next;
    },
    /** Rests at a time, in seconds. */
    rest(seconds) {
      video.pause();
      player.seek(seconds / length());
    },
    /** Plays from the beginning of the part. */
    again() {
      if (part) player.seek(part.from / length());
      if (!prefersReducedMotion()) play();
    },
    hold() {
      held = { playing: !video.paused, at: video.currentTime };
      video.pause();
    },
    /** Lets the playhead go; `back` to where it was taken. */
    release({ back = false } = {}) {
      if (back) player.seek(held.at / length());
      if (held.playing) play();
      held = null;
    },
    get speed() {
      return video.playbackRate;
    },
    faster() {
      const next = SPEEDS[(SPEEDS.indexOf(video.playbackRate) + 1) % SPEEDS.length] ?? 1;
      video.defaultPlaybackRate = next;
      video.playbackRate = next;
      remember();
    },
    loop() {
      video.loop = !video.loop;
      remember();
      tell();
    },
    get comparing() {
      return layer.classList.contains("comparing");
    },
    compare(on = !player.comparing) {
      layer.classList.toggle("comparing", on);
      wipe.cut.disabled = !on;
      if (on) wipe.cut.focus({ preventScroll: true });
      tell();
    },
  };
  return player;
}
