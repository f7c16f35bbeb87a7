/** A clip in words and numbers: what it is, what it was made with, how far its run has come. */

import { bytesOf, clipDuration, number, size, t } from "../base/language.js";
import { get } from "../base/store.js";

/** The picture a job is made of: fitted to the video once it runs, as it came before. */
export function pictureOf(job) {
  return job.state === "queued" && job.photo_id ? `/api/photos/${job.photo_id}.jpg` : job.photo_url;
}

const PLAYS_MP4 = document.createElement("video").canPlayType('video/mp4; codecs="avc1.64001f"') !== "";

/** The address that its video is played from: some browsers, and the program's own window on Linux, lack H.264. */
export const playedFrom = ({ id, video_url }) => (PLAYS_MP4 ? video_url : `/api/jobs/${id}/video.webm`);

/**
 * What a job's clip is as it is now: its size, frames and speed. While the model is at work these are the frames that it
 * makes; the video may have more of them once it is finished. Of a clip that was not made here only the video is known.
 */
export function clipOf({ settings, video, state }) {
  return { ...video, ...(state !== "done" && settings.model && modelClip(settings)) };
}

/** What the model makes; a part that goes on begins with the last frame of the one before. */
export function modelClip({ width, height, frames, fps, extend }) {
  return { width, height, frames: frames + (extend ?? 0) * (frames - 1), fps };
}

/** Whether it is known how a clip was made, so that it could be made again. */
export const isOurs = ({ settings }) => Boolean(settings.model);

/** "640 × 384 · 14 frames · 2.3 s" */
export function summary(job) {
  const { width, height, frames, fps } = { ...clipOf(job), ...job.video };
  return [size(width, height), t("{n} frames", { n: number(frames) }), clipDuration(frames / fps)].join(" · ");
}

/** The state of a job that is not done. */
export function stateName(state) {
  switch (state) {
    case "queued":
      return t("Waiting");
    case "running":
      return t("In progress");
    case "failed":
      return t("Failed");
    case "cancelled":
      return t("Cancelled");
    case "stopped":
      return t("Stopped");
    default:
      return t("Done");
  }
}

/** A stage of a run: what it is called, and whether it comes before, with or after the steps that the run is about. */
function stageOf({ stage }) {
  const known = get("server").stages.find(({ name }) => name === stage);
  return known ?? { title: t("Getting ready"), part: "before", unit: "" };
}

/** What a run is doing. */
export const stageName = (job) => stageOf(job).title;

/** How many steps of its stage are done. */
export function stepOf(job) {
  const { step, total } = job;
  if (!total || total < 2 || step === null) return "";
  if (stageOf(job).unit === "bytes") return bytesOf(step, total);
  return t("{step} of {total}", { step: number(step), total: number(total) });
}

/** How much of its picture there is: none before the model is at work, all of it afterwards. */
export function developed(job) {
  const { part } = stageOf(job);
  if (part === "main") return doneOf(job);
  return part === "after" ? passed(job) : madeBefore(job);
}

/** How far it is in its stage. */
const doneOf = ({ step, total }) => (total ? step / total : 0);

// A clip that is extended passes through its stages once for each of its parts; their steps are those of all parts.
const partsOf = ({ settings }) => 1 + (settings.extend ?? 0);

/** How much is done of the stages before the one that it is at. */
function passed(job) {
  const parts = partsOf(job);
  return job.total ? Math.max(1, Math.ceil(doneOf(job) * parts)) / parts : 1;
}

/** How much is done of those after it: what earlier parts needed of them. */
function madeBefore(job) {
  const parts = partsOf(job);
  return job.total ? Math.floor((parts * Math.max(0, job.step - 1)) / job.total) / parts : 0;
}

const reached = new Map(); // by the id of a job

/**
 * How much of a run has been done. It is made of what the server says alone, so it is the same after a reload and on every
 * device; and it does not go back while a clip of several parts comes to its stages again.
 */
export function fractionOf(job) {
  const done = byPlan(job);
  const fraction = done && Math.max(done, reached.get(job.id) ?? 0); // at the very beginning it is a new run
  reached.set(job.id, fraction);
  return fraction;
}

/** The stages weigh what the plan says that they take. */
function byPlan(job) {
  const stages = job.plan?.stages ?? [];
  const whole = stages.reduce((sum, { seconds }) => sum + seconds, 0);
  const at = stages.findIndex(({ name }) => name === job.stage);
  if (!whole || at < 0) return developed(job); // not planned; before the plan begins, or after it ends
  if (!job.total) return Math.max(0, 1 - (job.eta_seconds ?? whole) / whole); // no steps: by the clock
  const weights = stages.map(({ seconds }, index) => {
    if (index === at) return seconds * doneOf(job);
    return seconds * (index < at ? passed(job) : madeBefore(job));
  });
  return weights.reduce((sum, weight) => sum + weight, 0) / whole;
}
