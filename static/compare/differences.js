/** What differs between two clips: the settings they were made with, their photos, and what they took. */

import { bytes, duration, size, t } from "../base/language.js";
import { clipOf } from "../clips/clip.js";
import { settingOf, toldRows, wordsFor } from "../clips/setting_words.js";

/** The rows of the table: what it is called, and what it is for each of the clips. */
export function differencesOf(jobs) {
  const rows = [
    { label: t("Photo"), values: jobs.map(({ title }) => title) },
    { label: t("Size"), values: jobs.map((job) => size(clipOf(job).width, clipOf(job).height)) },
    ...toldRows().map((row) => ({ label: row.label, values: jobs.map((job) => wordsFor(row, settingOf(row, job))) })),
    ...costOf(jobs),
  ];
  return rows.filter(({ values: [one, other] }) => one !== other);
}

/** Time and memory, where both are known. */
function costOf(jobs) {
  const totals = jobs.map(({ seconds }) => Object.values(seconds ?? {}).reduce((sum, value) => sum + value, 0));
  const peaks = jobs.map((job) => job.peak_bytes);
  const rows = [];
  if (totals.every(Boolean)) rows.push({ label: t("Made in"), values: totals.map(duration) });
  if (peaks.every(Boolean)) rows.push({ label: t("Memory"), values: peaks.map(bytes) });
  return rows;
}
