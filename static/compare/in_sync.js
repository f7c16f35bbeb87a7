/**
 * Two videos played as one: at the same moment of their time, whatever their frames a second are. The shorter one rests
 * at its end until the longer one is through; a step goes to the next frame of the one that has more of them.
 */

import { h } from "../base/dom.js";
import { clipOf, playedFrom } from "../clips/clip.js";

const APART = 0.04; // s by which one may be ahead of the other before it is put right

const lengthOf = ({ frames, fps }) => frames / fps;

function createVideo(job) {
  return h("video", {
    src: playedFrom(job),
    poster: job.poster_url ?? "",
    playsinline: true,
    muted: true,
    preload: "auto",
    tabindex: "-1",
    "aria-label": job.title,
  });
}

export function createPair(jobs) {
  const clips = jobs.map(clipOf);
  const videos = jobs.map(createVideo);
  const length = Math.max(...clips.map(lengthOf));
  const fps = Math.max(...clips.map((clip) => clip.fps));
  const frames = Math.max(1, Math.round(length * fps));
  const lead = videos[clips.findIndex((clip) => lengthOf(clip) === length)];
  const others = videos.filter((video) => video !== lead);
  let ended = false;

  const now = () => Math.min(frames - 1, Math.floor(lead.currentTime * fps + 1e-4));
  const lengthFor = (video) => lengthOf(clips[videos.indexOf(video)]);
  /** Puts both to a moment; one that is over by then shows its last frame. */
  const put = (seconds) => {
    for (const [index, video] of videos.entries()) {
      const end = lengthOf(clips[index]);
      video.currentTime = seconds < end ? seconds : end - 0.5 / clips[index].fps;
    }
  };
  /** A browser that lets nothing play by itself has said so by leaving it paused. */
  const play = (video) => video.play().catch(() => {});
  const align = () => {
    for (const video of others) {
      if (lead.currentTime >= lengthFor(video)) continue;
      if (Math.abs(video.currentTime - lead.currentTime) > APART) video.currentTime = lead.currentTime;
      if (video.paused) play(video);
    }
  };
  const follow = () => {
    if (ended) return;
    pair.onmove(now());
    if (lead.paused) return;
    align();
    requestAnimationFrame(follow);
  };
  const restart = () => {
    if (ended) return;
    put(0);
    for (const video of videos) play(video);
  };
  lead.addEventListener("ended", restart);
  lead.addEventListener("play", follow);
  for (const name of ["play", "pause"]) lead.addEventListener(name, () => pair.onchange());
  lead.addEventListener("seeked", () => !ended && lead.paused && pair.onmove(now()));

  const pair = {
    videos,
    frames,
    onchange() {},
    onmove() {},
    get paused() {
      return lead.paused;
    },
    play: () => videos.map(play),
    pause: () => videos.map((video) => video.pause()),
    toggle: () => (lead.paused ? pair.play() : pair.pause()),
    /** Rests in the middle of a frame, where no rounding can miss it. */
    show(index) {
      pair.pause();
      put((index + 0.5) / fps);
      pair.onmove(index);
    },
    step: (by) => pair.show((now() + by + frames) % frames),
    end() {
      ended = true;
      for (const video of videos) {
        video.pause();
        video.removeAttribute("src");
        video.load();
      }
    },
  };
  return pair;
}
