/** Stacks: the clips of one photo stand together, where the newest of them has its place, and open there. */

import { byId, hasTouch } from "../base/dom.js";
import { get, set } from "../base/store.js";
import { shelfJobs } from "./shelf.js";

const keyOf = (job) => job.photo_id ?? job.id;

/** Jobs in the order of the shelf, in groups of one photo. */
function groups(jobs) {
  const found = new Map();
  for (const job of jobs) {
    const group = found.get(keyOf(job));
    if (group) group.push(job);
    else found.set(keyOf(job), [job]);
  }
  return [...found.values()];
}

/**
 * What the shelf shows of its jobs: cards, {job, all, open, first}. `all` are the clips that the card stands for, or
 * beside which it stands in an open stack, of which one is the first.
 */
export function cardsOf(jobs) {
  const opened = get("opened");
  return groups(jobs).flatMap((all) => {
    if (all.length === 1) return [{ job: all[0], all, open: false, first: true }];
    if (!opened.has(keyOf(all[0]))) return [{ job: all[0], all, open: false, first: true }];
    return all.map((job, index) => ({ job, all, open: true, first: index === 0 }));
  });
}

/** All jobs in the order in which an eye meets them. */
export const inOrder = (jobs) => groups(jobs).flat();

/**
 * Brings the focus to the card that stands for a clip, if the shelf has one. Nobody has put it there: so it is shown, also
 * to whoever has used the mouse, before a key acts on that clip.
 */
export function focusCard(id) {
  const isOf = ({ job, all, open }) => (open ? job.id === id : all.some((one) => one.id === id));
  const card = cardsOf(shelfJobs()).find(isOf);
  const opener = card && byId("gallery").querySelector(`[data-key="${card.job.id}"] .clip-open`);
  opener?.focus({ preventScroll: true, ...(!hasTouch() && { focusVisible: true }) });
}

/** Opens the stack that a clip is in, or closes it. */
export function turnStack(job, open = !get("opened").has(keyOf(job))) {
  const opened = new Set(get("opened"));
  if (open) opened.add(keyOf(job));
  else opened.delete(keyOf(job));
  set({ opened });
}
