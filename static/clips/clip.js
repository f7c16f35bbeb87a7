/** A clip in words and numbers: what it is, what it was made with, how far its run has come. */

import { bytes, bytesOf, clipDuration, duration, number, percent, size, t } from "../base/language.js";

/** The picture a job is made of: fitted to the video once it runs, as it came before. */
export function pictureOf(job) {
  return job.state === "queued" && job.photo_id ? `/api/photos/${job.photo_id}.jpg` : job.photo_url;
}

/**
 * What a job's clip is as it is now: its size, frames and speed. While the model is at work these are the frames that it
 * makes; the video may have more of them once it is finished.
 */
export function clipOf({ settings, video, state }) {
  const { width, height, frames, fps } = settings;
  return { width, height, frames, fps, ...(state === "done" && video) };
}

/** "640 × 384 · 14 frames · 2.3 s" */
export function summary(job) {
  const { width, height, frames, fps } = { ...clipOf(job), ...job.video };
  return [size(width, height), t("{n} frames", { n: number(frames) }), clipDuration(frames / fps)].join(" · ");
}

/** What a clip was made with, and what that took. */
export function madeWith({ settings, peak_bytes: peak, seconds }) {
  const total = Object.values(seconds ?? {}).reduce((sum, value) => sum + value, 0);
  const parts = [`${t("Seed")} ${settings.seed}`, settings.model];
  if (total) parts.push(t("made in {time}", { time: duration(total) }));
  if (peak) parts.push(t("{amount} of memory", { amount: bytes(peak) }));
  return parts.join(" · ");
}

/** The state of a job that is not done. */
export function stateName(state) {
  switch (state) {
    case "queued":
      return t("Waiting");
    case "running":
      return t("Developing");
    case "failed":
      return t("Failed");
    case "cancelled":
      return t("Cancelled");
    default:
      return t("Done");
  }
}

/** What there is to say of it: the stage it is at, why it failed, or what it is. */
export function stateWords(job) {
  if (job.state === "running") {
    const part = job.total ? ` ${percent(job.step / job.total)}` : "";
    return stageName(job.stage) + part;
  }
  return job.state === "failed" ? (job.reason?.message ?? "") : summary(job);
}

/** What a stage of a run does, in the words of whoever waits for it. */
export function stageName(stage) {
  switch (stage) {
    case "wait":
      return t("Waiting for another run");
    case "photo":
      return t("Reading the photo");
    case "check":
      return t("Checking what is here");
    case "fetch":
      return t("Fetching the model");
    case "convert":
      return t("Making the model smaller");
    case "load":
      return t("Loading the model");
    case "look":
      return t("Looking at the photo");
    case "depth":
      return t("Measuring the depth");
    case "denoise":
      return t("Developing");
    case "decode":
      return t("Printing the frames");
    case "frames":
      return t("Making the frames");
    case "encode":
      return t("Writing the video");
    default:
      return t("Getting ready");
  }
}

/** How many steps of its stage are done. */
export function stepOf({ stage, step, total }) {
  if (!total || total < 2 || step === null) return "";
  if (stage === "fetch" || stage === "check") return bytesOf(step, total);
  if (stage === "denoise") return t("step {step} of {total}", { step: number(step), total: number(total) });
  return t("{step} of {total}", { step: number(step), total: number(total) });
}

/** How much of a run has been done, from the time it took and the time it still takes. */
export function fractionOf(job) {
  const spent = Object.values(job.seconds ?? {}).reduce((sum, value) => sum + value, 0);
  if (job.stage === "denoise" || job.stage === "frames") return job.total ? job.step / job.total : 0;
  return job.eta_seconds === null || job.eta_seconds === undefined ? 0 : spent / Math.max(1, spent + job.eta_seconds);
}
