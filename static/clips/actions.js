/** What can be done: generate, cancel, go on, delete and take back. What a clip can be made into is in again.js. */

import { api } from "../base/api.js";
import { prefersReducedMotion } from "../base/dom.js";
import { number, t } from "../base/language.js";
import { showError, toast } from "../base/overlays.js";
import { dropJob, get, jobOnStage, putJob, set } from "../base/store.js";
import { anySeed, asked, nextSeed } from "../settings/current.js";
import { focusCard } from "./stacks.js";

/** Puts jobs into the queue and shows the first. `ask` comes to what `add` takes for each. */
export async function start(ask, add = api.addJob) {
  if (get("starting")) return;
  set({ starting: true });
  try {
    for (const [index, wanted] of (await ask()).entries()) {
      const job = await add(wanted);
      putJob(job);
      if (index === 0) set({ view: "clip", jobId: job.id, lastSeed: job.settings.seed });
    }
    scrollTo({ top: 0, behavior: prefersReducedMotion() ? "auto" : "smooth" });
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

export const remove = (job) => removeAll([job]);

/** Puts clips into the bin; what takes the place of the one on the stage is shown: see `dropJob`. */
export async function removeAll(jobs) {
  const onStage = jobOnStage()?.id;
  const gone = [];
  for (const job of jobs) {
    try {
      await api.remove(job.id);
      dropJob(job.id);
      gone.push(job);
    } catch (error) {
      showError(error);
    }
  }
  if (!gone.length) return;
  const undo = async () => {
    for (const { id } of gone) await restore(id, { show: id === onStage });
    focusCard(gone.some(({ id }) => id === onStage) ? onStage : gone[0].id);
  };
  const [words, hint] =
    gone.length === 1
      ? [
          t("“{title}” is in the bin.", { title: gone[0].title }),
          t("You can restore it for 7 days from the bin below your clips."),
        ]
      : [
          t("{n} clips are in the bin.", { n: number(gone.length) }),
          t("You can restore them for 7 days from the bin below your clips."),
        ];
  // The deletion before is no longer undone here: the bin has what that would bring back.
  toast(words, { about: "deletion", action: { label: t("Undo"), act: undo }, hint });
}

/** Takes a clip out of the bin, and brings it back onto the stage if it is to be shown. */
export async function restore(id, { show = false } = {}) {
  try {
    putJob(await api.restore(id));
    if (show) set({ view: "clip", jobId: id });
  } catch (error) {
    showError(error);
  }
}
