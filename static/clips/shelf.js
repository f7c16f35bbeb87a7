/**
 * Which clips the shelf shows: those that are done, or those that came to nothing yet, and of these what is filtered.
 * What waits or runs is the queue's. Clips come by pages; down to an edge they are known without a gap.
 */

import { api } from "../base/api.js";
import { showError } from "../base/overlays.js";
import { get, listOf, PAGE, putJobs, set, UNFINISHED, watch } from "../base/store.js";

/** All that is done. In a filter, `when` is "today", "week", or a month such as "2026-03". */
export const NO_FILTER = get("filter");

const FOLDED = new Map(); // titles as they are compared

/** Without the differences that nobody means, as the server looks for words: capitals, and ways of writing accents. */
function folded(text) {
  if (!FOLDED.has(text)) FOLDED.set(text, text.normalize("NFKC").toUpperCase());
  return FOLDED.get(text);
}

/** A moment's day by the calendar of whoever looks: "2026-03-31". */
function dayOf(moment) {
  const two = (part) => String(part).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())}`;
}

/** The first and the last day that are wanted; none for any time. */
function days(when) {
  const today = new Date();
  if (when === "today") return { since: dayOf(today) };
  if (when === "week") return { since: dayOf(new Date(today.getFullYear(), today.getMonth(), today.getDate() - 6)) };
  if (!when) return {};
  const [year, month] = when.split("-").map(Number);
  return { since: `${when}-01`, until: dayOf(new Date(year, month, 0)) };
}

/** Whether something is left out beside the other list. */
export const isFiltered = ({ favourite, model, when, words }) => favourite || Boolean(model || when || words);

/** Changes what the shelf shows. */
export function look(changes) {
  const filter = { ...get("filter"), ...changes };
  set({ filter, found: null, opened: new Set() });
}

/** What `GET /api/jobs` calls a filter. */
function query({ list, favourite, model, when, words }) {
  return {
    state: list === "done" ? "done" : UNFINISHED.join(),
    ...(favourite && { favourite }),
    ...(model && { model }),
    ...(words && { q: words }),
    ...days(when),
  };
}

function isWanted({ list, favourite, model, when, words }) {
  const { since = "", until = "9999" } = days(when);
  const parts = folded(words).split(/\s+/).filter(Boolean);
  return (job) => {
    if (listOf(job) !== list || (favourite && !job.favourite) || (model && job.settings.model !== model)) return false;
    if (when) {
      const day = dayOf(new Date(job.created));
      if (day < since || day > until) return false;
    }
    return parts.every((part) => folded(job.title).includes(part));
  };
}

const edge = () => (get("found") ?? { edge: get("edges")[get("filter").list] }).edge;

/** Whether there are more than are shown. */
export const hasMore = () => edge() !== "";

/** Whether what is filtered is still being asked for: more may come in a moment. */
export const isLooking = () => isFiltered(get("filter")) && !get("found");

let shown = { of: [], jobs: [] };

/** The clips of the shelf, newest first. */
export function shelfJobs() {
  const of = [get("jobs"), get("filter"), edge()];
  if (of.some((value, index) => value !== shown.of[index])) {
    const [jobs, filter, last] = of;
    const wanted = isWanted(filter);
    const found = [...jobs.values()].filter((job) => job.id >= last && wanted(job));
    shown = { of, jobs: found.sort((a, b) => (a.id < b.id ? 1 : -1)) };
  }
  return shown.jobs;
}

/** Asks for the next page. */
export async function loadMore() {
  await load(edge());
}

async function load(before) {
  const filter = get("filter");
  try {
    const { jobs, more } = await api.jobs({ ...query(filter), limit: PAGE, ...(before && { before }) });
    if (get("filter") !== filter) return;
    putJobs(jobs);
    const last = more ? jobs.at(-1).id : "";
    if (isFiltered(filter)) set({ found: { edge: last } });
    else set({ edges: { ...get("edges"), [filter.list]: last } });
  } catch (error) {
    showError(error);
  }
}

/** Sees to it that what is filtered is asked for, and asked for anew once the stream was broken. */
export function keepLooking() {
  watch(["filter", "found"], () => {
    if (isLooking() && get("connection") !== "gone") load("");
  });
}
