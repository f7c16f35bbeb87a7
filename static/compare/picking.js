/** Choosing the second of two clips to compare: the shelf asks for it, and takes a click on a clip for the answer. */

import { button, byId, h, prefersReducedMotion, setText } from "../base/dom.js";
import { t } from "../base/language.js";
import { announce } from "../base/overlays.js";
import { openCompare } from "../base/parts.js";
import { get, set, watch } from "../base/store.js";
import { shelfJobs } from "../clips/shelf.js";
import { turnStack } from "../clips/stacks.js";

/** Whether a clip has a video to be compared. */
export const isPlayable = (job) => job.state === "done" && Boolean(job.video_url);

/** Whether there is a second one. */
export const canCompare = () => shelfJobs().filter(isPlayable).length > 1;

/** Begins with a clip: the shelf asks for the other one. */
export function pickOther(job) {
  set({ pairing: job.id });
  turnStack(job, true); // the others of its photo are what it is compared with most
  announce(t("Choose the clip to compare with “{title}”.", { title: job.title }));
  byId("gallery").scrollIntoView({ behavior: prefersReducedMotion() ? "auto" : "smooth" });
  queueMicrotask(() => document.querySelector(".clip-card.offered .clip-open")?.focus({ preventScroll: true }));
}

/** Takes a clip for the answer; true if there was a question. */
export function answerWith(id) {
  const first = get("jobs").get(get("pairing"));
  const other = get("jobs").get(id);
  if (!first) return false;
  if (other === first) set({ pairing: null });
  else if (isPlayable(other)) {
    set({ pairing: null });
    openCompare([first, other]);
  }
  return true;
}

/** What the shelf says meanwhile. */
export function createPickingBar() {
  const words = h("p", {});
  const bar = h(
    "div",
    { class: "shelf-bar picking" },
    words,
    button(t("Cancel"), () => set({ pairing: null }), { class: "quiet" }),
  );
  watch(["pairing", "jobs"], () => {
    const first = get("jobs").get(get("pairing"));
    bar.hidden = !first;
    byId("gallery").classList.toggle("picking-now", Boolean(first));
    if (first) setText(words, t("Choose the clip to compare with “{title}”.", { title: first.title }));
  });
  return bar;
}
