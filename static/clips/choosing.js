/** Choosing several clips, to delete, download or mark them together. */

import { button, byId, h, iconButton, setText } from "../base/dom.js";
import { language, number, t } from "../base/language.js";
import { announce, toast } from "../base/overlays.js";
import { get, set, watch } from "../base/store.js";
import { removeAll } from "./actions.js";
import { favour } from "./marks.js";
import { shelfJobs } from "./shelf.js";
import { cardsOf, inOrder } from "./stacks.js";

const MOST_DOWNLOADED = 200; // clips in one file; the server packs no more
const LONG = 450; // ms that a finger rests on a clip to choose it
const STILL = 10; // px that it may move meanwhile

let last = null; // the clip that was chosen last: from it Shift chooses on

/** The chosen clips, in the order of the shelf. */
const chosenJobs = () => inOrder(shelfJobs()).filter(({ id }) => get("chosen").has(id));

/** Begins to choose, or leaves it; whoever has the focus where nothing is any more gets it where it can begin again. */
export function setChoosing(on) {
  last = null;
  set({ chosen: on ? new Set() : null, ...(on && { pairing: null }) });
  if (on) return;
  setTimeout(() => {
    const { activeElement: held } = document;
    if (held !== document.body && held?.checkVisibility()) return;
    byId("gallery").querySelector(".choose").focus({ preventScroll: true });
  });
}

/** The clips that the card of a clip stands for: all of a stack that is closed. */
function behind(id) {
  const card = cardsOf(shelfJobs()).find(({ job }) => job.id === id);
  return card && !card.open ? card.all.map((job) => job.id) : [id];
}

/** Whether a card is chosen; null while nothing is being chosen. */
export function isChosen({ job, all, open }) {
  const chosen = get("chosen");
  if (!chosen) return null;
  return open ? chosen.has(job.id) : all.every(({ id }) => chosen.has(id));
}

/** Chooses a clip or lets go of it; with `on`, all from the last one up to it. */
function choose(id, on = false) {
  const chosen = new Set(get("chosen"));
  const shown = cardsOf(shelfJobs()).map(({ job }) => job.id);
  const [from, to] = [shown.indexOf(last), shown.indexOf(id)].sort((a, b) => a - b);
  if (on && from >= 0) {
    for (const each of shown.slice(from, to + 1)) for (const one of behind(each)) chosen.add(one);
  } else {
    const all = behind(id);
    const had = all.every((each) => chosen.has(each));
    for (const each of all) had ? chosen.delete(each) : chosen.add(each);
  }
  last = id;
  set({ chosen });
}

/** Takes a press on a clip, if it is one that chooses. */
export function chooseWith(event, id) {
  if (get("pairing")) return false;
  if (!get("chosen") && !event.shiftKey && !event.ctrlKey && !event.metaKey) return false;
  choose(id, event.shiftKey);
  return true;
}

/** Takes a press on the box of a clip. */
export const chooseBox = (event, id) => choose(id, event.shiftKey);

/** All that the shelf shows. */
export function chooseAll() {
  set({ chosen: new Set(shelfJobs().map(({ id }) => id)) });
}

/** A finger that rests on a clip chooses it; the press that ends so opens nothing. */
export function chooseByResting(list) {
  let timer = 0;
  let start = null;
  let taken = false;
  const rest = () => clearTimeout(timer);
  list.addEventListener("pointerdown", (event) => {
    taken = false;
    const card = event.pointerType === "touch" && event.target.closest(".clip-open")?.closest(".clip-card");
    if (!card || get("pairing")) return;
    start = event;
    timer = setTimeout(() => {
      taken = true;
      choose(card.dataset.key);
      navigator.vibrate?.(10);
    }, LONG);
  });
  list.addEventListener("pointermove", (event) => {
    if (start && Math.hypot(event.clientX - start.clientX, event.clientY - start.clientY) > STILL) rest();
  });
  for (const name of ["pointerup", "pointercancel", "pointerleave"]) list.addEventListener(name, rest);
  list.addEventListener("contextmenu", (event) => taken && event.preventDefault());
  list.addEventListener(
    "click",
    (event) => {
      if (!taken) return;
      taken = false;
      event.preventDefault();
      event.stopPropagation();
    },
    { capture: true },
  );
}

/** Deletes what is chosen. */
export function removeChosen() {
  const jobs = chosenJobs();
  if (!jobs.length) return;
  setChoosing(false);
  removeAll(jobs);
}

export const favourChosen = () => favour(chosenJobs());

const playable = () => chosenJobs().filter(({ video_url: url }) => url);

/** Downloads the chosen videos: one as it is, several in one file. */
function downloadChosen() {
  const jobs = playable();
  if (jobs.length > MOST_DOWNLOADED) {
    toast(t("Choose at most {n} clips to download at once.", { n: number(MOST_DOWNLOADED) }), { kind: "error" });
    return;
  }
  const values = new URLSearchParams({ ids: jobs.map(({ id }) => id).join(), lang: language });
  const [{ video_url: only }] = jobs;
  const href = jobs.length === 1 ? `${only}?download=1&lang=${language}` : `/api/jobs/videos.zip?${values}`;
  h("a", { href, download: true }).click();
}

/** What stands over the shelf meanwhile: how many there are, and what can be done with them. */
export function createChoosingBar() {
  const words = h("p", { role: "status" });
  const tool = (name, label, act) => button(label, act, { name, class: "quiet", title: label });
  const star = tool("star", t("Favourite"), favourChosen);
  const save = tool("download", t("Download"), downloadChosen);
  const drop = tool("trash", t("Delete"), removeChosen);
  const all = button(t("All"), chooseAll, { class: "quiet" });
  const bar = h(
    "div",
    { class: "shelf-bar choosing", role: "toolbar", "aria-label": t("Chosen clips") },
    iconButton("close", t("Stop choosing"), () => setChoosing(false)),
    words,
    h("div", { class: "row end" }, all, star, save, drop),
  );
  watch(["chosen", "jobs", "filter"], () => {
    const chosen = get("chosen");
    bar.hidden = !chosen;
    byId("gallery").classList.toggle("choosing-now", Boolean(chosen));
    if (!chosen) return;
    const jobs = chosenJobs();
    const none = jobs.length === 0;
    setText(words, none ? t("Choose clips") : t("{n} chosen", { n: number(jobs.length) }));
    for (const each of [star, drop]) each.disabled = none;
    save.disabled = !jobs.some(({ video_url: url }) => url);
    const starred = !none && jobs.every((job) => job.favourite);
    star.title = starred ? t("Remove from the favourites (F)") : t("Add to the favourites (F)");
    star.setAttribute("aria-pressed", String(starred));
  });
  return bar;
}

/** Begins it, by hand or by the keyboard. */
export function createChoose() {
  const begin = () => {
    setChoosing(true);
    announce(t("Choose clips with the space bar; Esc ends it."));
    byId("gallery").querySelector(".clip-open")?.focus({ preventScroll: true });
  };
  return button(t("Choose"), begin, { class: "chip choose" });
}
