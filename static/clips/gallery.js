/** The shelf: every clip made on this computer, the newest first. */

import { button, byId, h, keyed, prefersReducedMotion, setText } from "../base/dom.js";
import { ago, t } from "../base/language.js";
import { get, set, watch } from "../base/store.js";
import { answerWith, createPickingBar, isPlayable } from "../compare/picking.js";
import { createBinButton } from "./bin_button.js";
import { makeCard } from "./cards.js";
import { chooseBox, chooseByResting, chooseWith, createChoose, createChoosingBar, isChosen } from "./choosing.js";
import { createFilters, createSearch } from "./filters.js";
import { hasMore, isFiltered, isLooking, keepLooking, loadMore, look, NO_FILTER, shelfJobs } from "./shelf.js";
import { cardsOf, focusCard, inOrder } from "./stacks.js";

const SEEN = ["jobs", "found", "edges", "filter", "opened", "chosen", "jobId", "view", "pairing"];

export function createGallery() {
  const list = h("ul", { class: "clips" });
  const words = h("p", {});
  const all = button(t("Show all"), () => look(NO_FILTER), { class: "quiet" });
  const nothing = h("div", { class: "nothing" }, words, all);
  const more = button(t("Show more"), loadMore, { class: "quiet show-more" });
  const search = createSearch();
  const filters = createFilters();
  const choose = createChoose();
  const head = h("header", {}, h("h2", {}, t("Your clips")), filters, h("div", { class: "row tight" }, choose, search));
  const root = byId("gallery");
  root.append(createChoosingBar(), head, createPickingBar(), list, nothing, more, createBinButton());
  chooseByResting(list);
  const hands = { choose: chooseBox, press: (event, id) => chooseWith(event, id) || answerWith(id) || openClip(id) };
  let was = { order: [], onStage: null };
  watch(SEEN, () => {
    const jobs = shelfJobs();
    const cards = cardsOf(jobs);
    const order = inOrder(jobs).map(({ id }) => id);
    set({ order });
    const onStage = get("view") === "clip" ? get("jobId") : null;
    const held = list.querySelector(".clip-card:focus-within");
    const leaves = held?.matches(".shown") && !get("jobs").has(was.onStage) ? was.onStage : null;
    const about = { first: get("pairing"), canCompare: jobs.filter(isPlayable).length > 1 };
    keyed(
      list,
      cards,
      ({ job }) => job.id,
      (card) => makeCard(card, hands),
      (element, card) => {
        const shown = card.open ? card.job.id === onStage : card.all.some(({ id }) => id === onStage);
        element.update(card, { ...about, onStage: shown, chosen: isChosen(card) });
      },
    );
    if (leaves || held?.isConnected === false) focusCard(nextTo(leaves ?? held.dataset.key, was.order, order));
    was = { order, onStage };
    const filter = get("filter");
    const plain = !isFiltered(filter) && filter.list === "done";
    more.hidden = !hasMore();
    choose.hidden = jobs.length === 0 || Boolean(get("chosen"));
    search.hidden = plain && jobs.length < 2;
    nothing.hidden = jobs.length > 0 || isLooking();
    all.hidden = plain;
    setText(words, whyNothing(filter));
    root.classList.toggle("bare", plain && jobs.length === 0);
  });
  keepLooking();
  // Times grow old.
  setInterval(() => {
    for (const element of list.querySelectorAll("time")) setText(element, ago(element.dateTime));
  }, 60_000);
}

/** The clip that takes the place of one: itself, if it is only on another card, or else as `dropJob` has it for the stage. */
function nextTo(id, before, now) {
  const place = before.indexOf(id);
  const near = [...before.slice(place), ...before.slice(0, place).reverse()];
  return near.find((other) => now.includes(other));
}

/** What an empty shelf says. */
function whyNothing({ list, favourite, model, when, words }) {
  if (words && !favourite && !model && !when) return t("There is no clip with this name.");
  if (favourite && !model && !when && !words) return t("No favourites yet: mark a clip with the star.");
  if (favourite || model || when || words) return t("No clip is like this.");
  return list === "done" ? t("Your clips appear here, and only on this computer.") : t("Nothing is unfinished.");
}

/** Brings a clip onto the stage. */
export function openClip(id) {
  set({ jobId: id, view: "clip" });
  scrollTo({ top: 0, behavior: prefersReducedMotion() ? "auto" : "smooth" });
}
