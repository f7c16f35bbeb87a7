/**
 * What the page says: words, English in the code and in other languages from the server's catalogue; and numbers, sizes,
 * times as people write them.
 */

import { keep, recall } from "./storage.js";

const REMEMBERED = "language";
const LANGUAGES = ["en", "it"];

let catalogue = {};

/** The language of the page: "en" or "it". */
export const language = chosen();

/** The same as it is written where the person is, by the browser's settings: "en-GB". Dates follow it. */
export const locale =
  navigator.languages.find((tag) => tag.slice(0, 2).toLowerCase() === language && isKnown(tag)) ?? language;

/** A browser may pass on whatever the system says: "en-US@posix". */
function isKnown(tag) {
  try {
    return Intl.DateTimeFormat.supportedLocalesOf(tag).length > 0;
  } catch {
    return false;
  }
}

function chosen() {
  const wanted = [String(recall(REMEMBERED)), ...navigator.languages];
  return wanted.map((tag) => tag.slice(0, 2).toLowerCase()).find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

/** Fetches the catalogue. Without it the page speaks English, which is better than nothing. */
export async function loadWords() {
  document.documentElement.lang = language;
  if (language === "en") return;
  try {
    const answer = await fetch(`/api/words/${language}.json`);
    if (answer.ok) catalogue = await answer.json();
  } catch {
    document.documentElement.lang = "en";
  }
}

/** `text` in the page's language, with `{name}` replaced by `values.name`. */
export function t(text, values = {}) {
  return (catalogue[text] ?? text).replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}

/** Puts the words into the elements of the page that are marked with data-t and data-t-label. */
export function translatePage(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.textContent.trim());
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
}

/** Everything, what the server says too, is in one language: another one starts the page anew, where it was. */
export function setLanguage(tag) {
  keep(REMEMBERED, tag);
  location.reload();
}

/* Numbers, amounts, times and dates as people write them. */

const formats = new Map();

/** A number with at most `digits` decimals, and at least `least`. */
export function number(value, digits = 0, grouped = true, least = 0) {
  const key = `${digits}${grouped}${least}`;
  if (!formats.has(key)) {
    const options = { maximumFractionDigits: digits, minimumFractionDigits: least, useGrouping: grouped };
    formats.set(key, new Intl.NumberFormat(language, options));
  }
  return formats.get(key).format(value);
}

const oneDecimal = (value) => number(value, 1, false, 1);

export function percent(fraction) {
  return new Intl.NumberFormat(language, { style: "percent" }).format(fraction);
}

/** Bytes, of memory as of files: "1.4 GB", "140 MB", "3 kB", in powers of 1000, as the program writes them everywhere. */
export function bytes(count) {
  if (count >= 99.95e9) return `${number(count / 1e9, 0, false)} GB`;
  if (count >= 999.5e6) return `${oneDecimal(count / 1e9)} GB`;
  if (count >= 999.5e3) return `${number(count / 1e6)} MB`;
  return `${number(Math.max(count / 1e3, Math.min(count, 1)))} kB`;
}

/** "2.1 of 5.3 GB" */
export function bytesOf(part, whole) {
  return t("{part} of {whole}", { part: whole < 999.5e6 ? bytes(part) : oneDecimal(part / 1e9), whole: bytes(whole) });
}

/** How long something takes, as the program says it everywhere: "8 s", "45 s", "12 min", "2 h 05 min". */
export function duration(seconds) {
  const whole = Math.max(1, Math.round(seconds));
  if (whole < 90) return `${whole} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}

/** The same, where there is room for one unit only: "45 s", "4 min", "1.6 h", "27 h". */
export function shortDuration(seconds) {
  return seconds < 89.5 * 60 ? duration(seconds) : `${number(seconds / 3600, seconds < 36_000 ? 1 : 0)} h`;
}

/** The seconds of a clip: "2.3 s" */
export function clipDuration(seconds) {
  return `${oneDecimal(seconds)} s`;
}

/** "640 × 384" */
export function size(width, height) {
  return `${width} × ${height}`;
}

/** "14 March 2026 at 09:41", "March 14, 2026 at 9:41 AM", from a time in ISO form. */
export function dateTime(iso) {
  return new Intl.DateTimeFormat(locale, { dateStyle: "long", timeStyle: "short" }).format(new Date(iso));
}

/** When a clip was made, from a time in ISO form: "3 minutes ago", "yesterday", "12 Mar". */
export function ago(iso) {
  const then = new Date(iso);
  const seconds = (Date.now() - then) / 1000;
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (seconds < 60) return t("just now");
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86400) return relative.format(-Math.floor(seconds / 3600), "hour");
  if (seconds < 7 * 86400) return relative.format(-Math.floor(seconds / 86400), "day");
  const year = then.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(locale, { day: "numeric", month: "short", year }).format(then);
}

/** When something comes to pass, from a time in ISO form: "in 6 days", "tomorrow", "in 3 hours". */
export function until(iso) {
  const hours = Math.max(0, (new Date(iso) - Date.now()) / 3_600_000);
  const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
  if (hours < 1) return relative.format(Math.round(hours * 60), "minute");
  return hours < 24 ? relative.format(Math.floor(hours), "hour") : relative.format(Math.round(hours / 24), "day");
}
