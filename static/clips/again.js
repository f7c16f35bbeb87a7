/** A clip made again: its settings taken up to be changed, the same with another seed, calmer, or on from a frame. */

import { ApiError, api } from "../base/api.js";
import { t } from "../base/language.js";
import { toast } from "../base/overlays.js";
import { get, set } from "../base/store.js";
import { ofAnother, parameter, preset, settingsOf, takeUp } from "../settings/current.js";
import { receive } from "../stage/arrival.js";
import { start } from "./actions.js";
import { pictureOf } from "./clip.js";

export const CALM = 45; // the amount of movement that keeps most photos from melting

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

/** Whether the page has another photo than the clip's, which its settings could be meant for. */
export const hasOtherPhoto = (job) => Boolean(get("photo")) && get("photo").id !== job.photo_id;

/**
 * Takes up the settings of a clip for the next video, to be changed before it is made: with its own photo, or else for
 * the one that is there, whose crop is its own then; with its seed, or a new one each time.
 */
export async function useSettings(job, { keepSeed, ownPhoto }) {
  await receive({ name: job.title, url: pictureOf(job) }, async (signal) => {
    const photo = ownPhoto ? await photoOf(job, signal) : get("photo");
    const made = ownPhoto ? job.settings : ofAnother(job.settings, photo);
    await takeUp(photo, await settingsOf(made, job.preset, photo, { keepSeed, signal }), signal);
    if (!keepSeed) {
      toast(t("Its settings are back, with a new seed."), { about: "settings" });
      return;
    }
    const anew = () => set({ settings: { ...get("settings"), locked: false } });
    const seed = job.settings.seed;
    toast(t("Its settings are back, with its seed, {seed}.", { seed }), {
      about: "settings",
      action: { label: t("Use a new seed"), act: anew },
    });
  });
}

/** All settings of a clip but its seed, with its photo, to be changed before the next run. */
export const remix = (job) => useSettings(job, { keepSeed: false, ownPhoto: true });

/** The same again with other settings, at once. Without a seed among them it gets a new one. */
async function again(job, changes) {
  const { seed, ...settings } = Object.fromEntries(Object.entries(job.settings).filter(([name]) => parameter(name)));
  await start(async () => [
    {
      photo_id: (await photoOf(job)).id,
      ...(preset(job.preset) && { preset: job.preset }), // unless it was deleted: all its settings are here
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
