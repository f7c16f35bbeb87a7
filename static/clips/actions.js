/** What can be done: generate, cancel, go on, remix, vary, calm down, delete with a way back. */

import { ApiError, api } from "../base/api.js";
import { isPhone } from "../base/dom.js";
import { t } from "../base/language.js";
import { showError, toast } from "../base/overlays.js";
import { get, putJob, set } from "../base/store.js";
import { anySeed, asked, nextSeed, parameter, settingsOf, takeUp } from "../settings/current.js";
import { receive } from "../stage/arrival.js";
import { pictureOf } from "./clip.js";

export const CALM = 45; // the amount of movement that keeps most photos from melting

/** Puts jobs into the queue and shows the first. `ask` comes to what `add` takes for each. */
async function start(ask, add = api.addJob) {
  if (get("starting")) return;
  set({ starting: true });
  try {
    for (const [index, wanted] of (await ask()).entries()) {
      const job = await add(wanted);
      putJob(job);
      if (index === 0) set({ view: "clip", jobId: job.id, lastSeed: job.settings.seed });
    }
    if (isPhone()) scrollTo({ top: 0, behavior: "smooth" });
  } catch (error) {
    showError(error);
  } finally {
    set({ starting: false });
  }
}

/** What the server takes for a video of a photo with settings as they are chosen; `force` although it may not fit. */
export async function wanted(photo, settings, { force = false } = {}) {
  const { preset, given } = await api.resolve(asked(settings, photo));
  return { photo_id: photo.id, preset, settings: given, ...settings.options, ...(force && { force }) };
}

/** Makes a video of the photo with what is chosen; of several variations each with the next seed. */
export async function generate(how) {
  const photo = get("photo");
  const settings = get("settings");
  if (!photo) return;
  await start(async () => {
    const one = await wanted(photo, settings, how);
    if (settings.count === 1) return [one];
    const first = one.settings.seed ?? anySeed();
    return Array.from({ length: settings.count }, (_, by) => ({
      ...one,
      settings: { ...one.settings, seed: nextSeed(first, by) },
    }));
  });
}

/** The photo a job was made of; if it is no longer kept as it came, the one that the job fitted. */
async function photoOf(job, signal) {
  if (job.photo_id) {
    const url = `/api/photos/${job.photo_id}.jpg`;
    const picture = new Image();
    picture.src = url;
    const found = await picture.decode().then(
      () => true,
      () => false,
    );
    if (found) {
      const { naturalWidth: width, naturalHeight: height } = picture;
      return { id: job.photo_id, width, height, url, name: job.title };
    }
  }
  const answer = await fetch(job.photo_url).catch(() => null);
  if (!answer?.ok)
    throw new ApiError(404, "photo_gone", t("The photo of this clip no longer exists."), t("Open the photo again."));
  return { ...(await api.addPhoto(await answer.blob(), "photo.jpg", { signal })), name: job.title };
}

/** All settings of a clip but its seed, to be changed before the next run. */
export async function remix(job) {
  await receive({ name: job.title, url: pictureOf(job) }, async (signal) => {
    const photo = await photoOf(job, signal);
    const settings = await settingsOf(job.settings, job.preset, photo, { keepSeed: false, signal });
    await takeUp(photo, settings, signal);
    toast(t("Its settings are back, with a new seed."));
  });
}

/** The same again with other settings, at once. Without a seed among them it gets a new one. */
async function again(job, changes) {
  const { seed, ...settings } = Object.fromEntries(Object.entries(job.settings).filter(([name]) => parameter(name)));
  await start(async () => [
    {
      photo_id: (await photoOf(job)).id,
      ...(job.preset && { preset: job.preset }),
      settings: { ...settings, ...changes },
    },
  ]);
}

export const vary = (job) => again(job, {});
export const calmer = (job) => again(job, { motion: CALM, seed: job.settings.seed });

/** Lets a clip go on from one of its frames: a video of its own that begins with it. */
export async function goOnFrom(job, frame) {
  await start(
    async () => [frame],
    (index) => api.goOn(job.id, index),
  );
}

/** Cancel, resume or retry; the answer is the job as it is then. */
export async function act(job, verb) {
  try {
    putJob(await api.act(job.id, verb));
  } catch (error) {
    showError(error);
  }
}

/** Takes up a run where it stopped. */
export async function goOnWith(job) {
  await act(job, "resume");
  toast(t("It continues where it stopped."));
}

const leaving = new Map(); // job id → what really deletes it

/** Hides a clip; it is deleted when the message has gone, and when the page is left before. */
export function remove(job) {
  const back = () => {
    leaving.delete(job.id);
    const hidden = new Set(get("hidden"));
    hidden.delete(job.id);
    set({ hidden });
  };
  const really = async () => {
    if (!leaving.delete(job.id)) return;
    try {
      await api.remove(job.id);
    } catch (error) {
      back();
      showError(error);
    }
  };
  leaving.set(job.id, really);
  set({ hidden: new Set(get("hidden")).add(job.id), ...(get("jobId") === job.id && { view: "photo", jobId: null }) });
  toast(t("Deleted: “{title}”", { title: job.title }), { action: { label: t("Undo"), act: back }, gone: really });
}

window.addEventListener("pagehide", () => {
  for (const really of leaving.values()) really();
});

/** Fetches a model or an extra, from where it stopped. */
export async function pull(id, precision) {
  try {
    await api.pull(id, precision);
  } catch (error) {
    showError(error);
  }
}
