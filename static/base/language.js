/**
 * What the page says: words, English in the code and in other languages from the server's catalogue; and numbers, sizes,
 * times as people write them.
 */

const REMEMBERED = "videoai.language";
const LANGUAGES = ["en", "it"];

let catalogue = {};

/** The language of the page: "en" or "it". */
export const language = chosen();

function chosen() {
  const wanted = [localStorage.getItem(REMEMBERED), ...navigator.languages];
  return wanted.map((tag) => tag?.slice(0, 2).toLowerCase()).find((tag) => LANGUAGES.includes(tag)) ?? "en";
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
  localStorage.setItem(REMEMBERED, tag);
  location.reload();
}

/* Numbers, amounts, times and dates as people write them. */

const GIB = 1024 ** 3;

const formats = new Map();

/** A number with at most `digits` decimals. */
export function number(value, digits = 0, grouped = true) {
  const key = `${digits}${grouped}`;
  if (!formats.has(key)) {
    formats.set(key, new Intl.NumberFormat(language, { maximumFractionDigits: digits, useGrouping: grouped }));
  }
  return formats.get(key).format(value);
}

export function percent(fraction) {
  return new Intl.NumberFormat(language, { style: "percent" }).format(fraction);
}

/** Bytes of memory: "2.1 GB", in powers of 1024, as memory is sold. */
export function bytes(count) {
  if (count < 0.095 * GIB) return `${number(count / 1024 ** 2)} MB`;
  return `${number(count / GIB, count < 100 * GIB ? 1 : 0)} GB`;
}

/** Bytes of a file: "4.5 GB", in powers of 1000, as disks are sold, downloads are measured and a Mac shows them. */
export function fileSize(count) {
  return count < 0.95e9 ? `${number(count / 1e6)} MB` : `${number(count / 1e9, 1)} GB`;
}

/** "2.1 of 5.3 GB", of memory. */
export function bytesOf(part, whole) {
  return t("{part} of {whole}", { part: number(part / GIB, 1), whole: bytes(whole) });
}

/** "1.2 of 4.5 GB", of a file. */
export function fileSizeOf(part, whole) {
  return t("{part} of {whole}", { part: number(part / 1e9, 1), whole: fileSize(whole) });
}

/** Seconds as one says them: "8 s", "45 s", "4 min 10 s", "1 h 20 min". */
export function duration(seconds) {
  const s = Math.max(1, Math.round(seconds));
  if (s < 60) return `${s > 20 ? Math.min(55, 5 * Math.round(s / 5)) : s} s`;
  if (s < 600) {
    const tens = 10 * Math.round(s / 10);
    return tens % 60 ? `${Math.floor(tens / 60)} min ${tens % 60} s` : `${tens / 60} min`;
  }
  const minutes = Math.round(s / 60);
  if (minutes < 60) return `${minutes} min`;
  return minutes % 60 ? `${Math.floor(minutes / 60)} h ${minutes % 60} min` : `${minutes / 60} h`;
}

/** The same, where there is room for one unit only: "45 s", "4 min", "1.3 h". */
export function shortDuration(seconds) {
  if (seconds < 55) return duration(seconds);
  return seconds < 3570 ? `${Math.max(1, Math.round(seconds / 60))} min` : `${number(seconds / 3600, 1)} h`;
}

/** The seconds of a clip: "2.3 s" */
export function clipDuration(seconds) {
  return `${number(seconds, 1)} s`;
}

/** "640 × 384" */
export function size(width, height) {
  return `${width} × ${height}`;
}

/** When a clip was made, from a time in ISO form: "3 minutes ago", "yesterday", "12 Mar". */
export function ago(iso) {
  const then = new Date(iso);
  const seconds = (Date.now() - then) / 1000;
  const relative = new Intl.RelativeTimeFormat(language, { numeric: "auto" });
  if (seconds < 60) return t("just now");
  if (seconds < 3600) return relative.format(-Math.floor(seconds / 60), "minute");
  if (seconds < 86400) return relative.format(-Math.floor(seconds / 3600), "hour");
  if (seconds < 7 * 86400) return relative.format(-Math.floor(seconds / 86400), "day");
  const year = then.getFullYear() === new Date().getFullYear() ? undefined : "numeric";
  return new Intl.DateTimeFormat(language, { day: "numeric", month: "short", year }).format(then);
}
