/** What differs between two clips: the settings they were made with, their photos, and what they took. */

import { bytes, duration, number, size, t } from "../base/language.js";
import { get, model } from "../base/store.js";
import { clipOf } from "../clips/clip.js";

const BY_THEMSELVES = ["width", "height"];

/** The rows of the table: what it is called, and what it is for each of the clips. */
export function differencesOf(jobs) {
  const settings = get("server").parameters.filter(({ name }) => !BY_THEMSELVES.includes(name));
  const rows = [
    { label: t("Photo"), values: jobs.map(({ title }) => title) },
    { label: t("Size"), values: jobs.map((job) => size(clipOf(job).width, clipOf(job).height)) },
    ...settings.map((row) => ({ label: row.label, values: jobs.map((job) => wordsFor(row, settingOf(row, job))) })),
    ...costOf(jobs),
  ];
  return rows.filter(({ values: [one, other] }) => one !== other);
}

/** A setting of a clip; undefined where its model does not use it. */
function settingOf({ name }, { settings }) {
  const uses = model(settings.model)?.parameters;
  if (!(name in settings)) return undefined; // nothing is known of it, as of a clip that was not made here
  const used = name === "model" || name === "seed" || !uses || uses.includes(name);
  return used ? settings[name] : undefined;
}

/** A value as the panel would say it. */
export function wordsFor({ name, kind, labels, unit }, value) {
  if (value === undefined) return t("not used");
  if (value === null) return t("off");
  if (name === "model") return model(value)?.title ?? value;
  if (labels?.[value]) return labels[value];
  if (kind === "flag") return value ? t("on") : t("off");
  if (Array.isArray(value)) return value.map((each) => number(each, 3)).join(" – ");
  const words = typeof value === "number" ? number(value, 3, false) : String(value);
  return unit ? `${words} ${unit}` : words;
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
