/** The gallery: every clip made on this computer, the newest first, playing softly under the pointer. */

import { api } from "../base/api.js";
import {
  button,
  byId,
  debounced,
  h,
  icon,
  iconButton,
  keyed,
  prefersReducedMotion,
  setStyle,
  setText,
} from "../base/dom.js";
import { ago, t } from "../base/language.js";
import { showError } from "../base/overlays.js";
import { galleryJobs, get, PAGE, putJobs, set, watch } from "../base/store.js";
import { answerWith, canCompare, createPickingBar, isPlayable, pickOther } from "../compare/picking.js";
import { createBinButton } from "../panels/bin.js";
import { framesIn, showFrame } from "../stage/filmstrip.js";
import { remove } from "./actions.js";
import { clipOf, pictureOf, stateName, stateWords, summary } from "./clip.js";
import { shortVariationOf, variationOf } from "./variations.js";

export function createGallery() {
  const search = h("input", {
    type: "search",
    id: "search",
    placeholder: t("Search"),
    "aria-label": t("Search your clips"),
    autocomplete: "off",
    oninput: debounced(() => find(search.value), 200),
  });
  const list = h("ul", { class: "clips" });
  const nothing = h("p", { class: "nothing" });
  const more = button(t("Show more"), loadMore, { class: "quiet" });
  const lookup = h("label", { class: "search" }, icon("search"), search);
  const root = byId("gallery");
  root.append(
    h("header", {}, h("h2", {}, t("Your clips")), lookup),
    createPickingBar(),
    list,
    nothing,
    more,
    createBinButton(),
  );
  watch(["jobs", "found", "until", "jobId", "view", "search", "pairing"], () => {
    const jobs = galleryJobs();
    keyed(list, jobs, (job) => job.id, make, update);
    more.hidden = !(get("found")?.more ?? get("until"));
    lookup.hidden = !get("search") && jobs.length < 2;
    nothing.hidden = jobs.length > 0;
    setText(
      nothing,
      get("search") ? t("There is no clip with this name.") : t("Your clips appear here, and only on this computer."),
    );
    root.classList.toggle("bare", jobs.length === 0 && !get("search"));
  });
  // Times grow old.
  setInterval(() => {
    for (const element of list.querySelectorAll("time")) setText(element, ago(element.dateTime));
  }, 60_000);
}

async function find(words) {
  const search = words.trim();
  set({ search });
  if (!search) {
    set({ found: null });
    return;
  }
  try {
    const { jobs, more } = await api.jobs({ q: search, limit: PAGE });
    if (get("search") !== search) return;
    putJobs(jobs);
    set({ found: { ids: jobs.map(({ id }) => id), more } });
  } catch (error) {
    showError(error);
  }
}

async function loadMore() {
  const search = get("search");
  const found = get("found");
  const before = found ? found.ids.at(-1) : get("until");
  try {
    const { jobs, more } = await api.jobs({ q: search, limit: PAGE, before });
    if (get("search") !== search) return;
    putJobs(jobs);
    const ids = jobs.map(({ id }) => id);
    if (found) set({ found: { ids: [...found.ids, ...ids], more } });
    else set({ until: more ? ids.at(-1) : "" });
  } catch (error) {
    showError(error);
  }
}

/** Brings a clip onto the stage. */
export function openClip(id) {
  set({ jobId: id, view: "clip" });
  scrollTo({ top: 0, behavior: prefersReducedMotion() ? "auto" : "smooth" });
}

function make(job) {
  const picture = h("span", { class: "thumb" });
  const badge = h("span", { class: "badge" });
  const bar = h("span", { class: "thumb-bar" });
  const title = h("span", { class: "clip-title" });
  const meta = h("span", { class: "clip-meta" });
  const open = h(
    "button",
    { type: "button", class: "clip-open", onclick: () => answerWith(job.id) || openClip(job.id) },
    h("span", { class: "thumb-frame" }, picture, badge, bar),
    title,
    meta,
  );
  const tools = h(
    "div",
    { class: "card-tools" },
    iconButton(
      "beside",
      t("Compare with another clip"),
      () => answerWith(job.id) || pickOther(get("jobs").get(job.id)),
    ),
    iconButton("trash", t("Delete"), () => remove(get("jobs").get(job.id))),
  );
  const element = h("li", { class: "clip-card" }, open, tools);
  playOnHover(open, picture, job.id);
  return element;
}

function update(element, job) {
  const { preview_url: preview, state } = job;
  const { width, height } = clipOf(job);
  const picture = element.querySelector(".thumb");
  element.dataset.state = state;
  element.classList.toggle("shown", get("view") === "clip" && get("jobId") === job.id);
  setStyle(picture, { "--a": String(width / height) });
  const still = preview ?? pictureOf(job);
  if (picture.dataset.url !== (still ?? "")) {
    picture.dataset.url = still ?? "";
    if (preview) showFirst(picture, preview, width / height);
    else
      setStyle(picture, {
        "background-image": still ? `url("${still}")` : null,
        "background-size": "cover",
        "background-position": "50% 50%",
      });
  }
  setText(element.querySelector(".clip-title"), job.title);
  const meta = element.querySelector(".clip-meta");
  if (state === "done" && !meta.querySelector("time")) {
    meta.replaceChildren(h("time", { datetime: job.created }, ago(job.created)), ` · ${summary(job)}`);
  } else if (state !== "done") setText(meta, stateWords(job));
  const badge = element.querySelector(".badge");
  const kind = variationOf(job) || (job.finishes ? t("Finished anew") : "");
  const words = state === "done" ? [kind] : [stateName(state), shortVariationOf(job)];
  setText(badge, words.filter(Boolean).join(" · "));
  const going = state === "running" && job.total;
  setStyle(element.querySelector(".thumb-bar"), { width: going ? `${(100 * job.step) / job.total}%` : "0" });
  const [compare, drop] = element.querySelector(".card-tools").children;
  compare.hidden = !isPlayable(job) || !canCompare();
  drop.hidden = state === "running";
  const first = get("pairing");
  element.classList.toggle("first", first === job.id);
  element.classList.toggle("offered", Boolean(first) && first !== job.id && isPlayable(job));
}

/** The first frame of a strip, which of a very long clip has fewer than the clip. */
async function showFirst(picture, url, shape) {
  const frames = await framesIn(url, shape);
  if (!frames || picture.dataset.url !== url) return;
  picture.dataset.frames = String(frames);
  showFrame(picture, url, 0, frames);
}

/** Plays the frames of a finished clip while the pointer or the focus is on its card. */
function playOnHover(target, picture, id) {
  let timer = 0;
  let index = 0;
  const start = () => {
    const job = get("jobs").get(id);
    if (timer || !job?.preview_url || prefersReducedMotion()) return;
    timer = setInterval(
      () => {
        const frames = Number(picture.dataset.frames ?? 1);
        index = (index + 1) % frames;
        showFrame(picture, get("jobs").get(id)?.preview_url ?? job.preview_url, index, frames);
      },
      1000 / Math.min(clipOf(job).fps, 12),
    );
  };
  const stop = () => {
    clearInterval(timer);
    timer = 0;
    index = 0;
    const job = get("jobs").get(id);
    if (job?.preview_url) showFrame(picture, job.preview_url, 0, Number(picture.dataset.frames ?? 1));
  };
  for (const name of ["pointerenter", "focus"]) target.addEventListener(name, start);
  for (const name of ["pointerleave", "blur"]) target.addEventListener(name, stop);
}
