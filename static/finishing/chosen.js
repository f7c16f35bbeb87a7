/**
 * How the clip on the stage is to be finished anew: what was chosen for it, and of which frames that is made. While the
 * model's own frames are kept, of those; afterwards of the video's.
 */

import { get, jobOnStage, set } from "../base/store.js";
import { clipOf, isOurs, modelClip } from "../clips/clip.js";

const FINISHING = "finishing"; // the group of the table

/** The rows of the table that finish a video. */
export function finishingRows() {
  const { groups, parameters } = get("server");
  const names = groups.find(({ name }) => name === FINISHING)?.parameters ?? [];
  return names.map((name) => parameters.find((row) => row.name === name)).filter(Boolean);
}

/** Whether it is the model's frames that are finished. */
export const isOfFrames = (job) => Boolean(job.kept_bytes) && isOurs(job);

/** The frames that are finished: their size, number and speed. */
export const sourceOf = (job) => (isOfFrames(job) ? modelClip(job.settings) : clipOf(job));

/** What makes a clip's video of its source: all that it was made with, or nothing, where that is the video itself. */
export function asMade(job) {
  const made = isOfFrames(job) ? job.settings : {};
  return Object.fromEntries(finishingRows().map(({ name, default: off }) => [name, made[name] ?? off]));
}

/** What is chosen for a clip; at first, nothing new. */
export function chosenFor(job) {
  const { id, values } = get("finishing") ?? {};
  return id === job.id ? values : asMade(job);
}

/** Chooses something else for a clip; a value of undefined goes back to “off”. */
export function choose(job, name, value) {
  const { default: off } = finishingRows().find((row) => row.name === name);
  set({ finishing: { id: job.id, values: { ...chosenFor(job), [name]: value ?? off } } });
}

/**
 * Where a clip's video lies in the time of its source, in seconds: {from, seconds}. Null where it cannot be said, as a
 * loop shows its frames more than once, and where the program knows of no trimming.
 */
export function trimmable(job) {
  if (!job?.video_url || !finishingRows().some(({ name }) => name === "trim")) return null;
  const { frames, fps } = sourceOf(job);
  if (!isOfFrames(job)) return { from: 0, seconds: frames / fps, fps };
  const { loop, trim } = job.settings;
  if (loop && loop !== "off") return null;
  const [first, end] = trim ? trim.map((seconds) => Math.min(frames, Math.round(seconds * fps))) : [0, frames];
  return { from: first / fps, seconds: Math.max(1, end - first) / fps, fps };
}

/** Whether the handles are at the filmstrip. */
export const isTrimming = () => get("trimming") !== null && get("trimming") === jobOnStage()?.id;
