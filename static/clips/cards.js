/** A card of the shelf: one clip, or a stack of them, playing softly under the pointer. */

import { button, h, icon, iconButton, prefersReducedMotion, setLabel, setStyle, setText } from "../base/dom.js";
import { ago, clipDuration, number, t } from "../base/language.js";
import { get } from "../base/store.js";
import { isPlayable, pickOther } from "../compare/picking.js";
import { framesIn, showFrame } from "../stage/filmstrip.js";
import { act, goOnWith, remove } from "./actions.js";
import { clipOf, pictureOf, stateName, summary } from "./clip.js";
import { createName, createStar } from "./marks.js";
import { turnStack } from "./stacks.js";
import { shortVariationOf, variationOf } from "./variations.js";

/** Clips near the window have their pictures; the others cost nothing. */
const near = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      target.dispatchEvent(new Event("near"));
    }
  },
  { rootMargin: "50% 0%" },
);

/** A card; `press(event, id)` is called when its picture is pressed, `choose(event, id)` when its box is. */
export function makeCard({ job: { id } }, { press, choose }) {
  const now = () => get("jobs").get(id);
  const picture = h("span", { class: "thumb" });
  const badge = h("span", { class: "badge" });
  const open = h(
    "button",
    { type: "button", class: "clip-open", onclick: (event) => press(event, id) },
    h("span", { class: "thumb-frame" }, picture, badge),
  );
  const name = createName(id);
  const star = createStar(id);
  const pencil = iconButton("pencil", "", name.edit, { tabIndex: -1 });
  const compare = iconButton("beside", "", () => pickOther(now()));
  const drop = iconButton("trash", "", () => remove(now()));
  const box = h(
    "button",
    { type: "button", class: "card-box", tabIndex: -1, "aria-hidden": "true", onclick: (event) => choose(event, id) },
    icon("check"),
  );
  const meta = h("span", { class: "clip-meta" });
  const again = h("span", { class: "card-again" });
  const stack = createStack(now);
  const tools = h("div", { class: "card-tools" }, star.element, drop, compare);
  const element = h(
    "li",
    { class: "clip-card" },
    h("div", { class: "clip-picture" }, open, box, tools, stack.element),
    h("div", { class: "clip-words" }, h("div", { class: "clip-line" }, name.element, pencil), meta, again),
  );
  playOnHover(open, picture, id);
  let shown = "";
  element.update = (card, about) => {
    const { job } = card;
    const { all, open: isOpen, first } = card;
    const flags = [all.length, isOpen, first, about.onStage, about.chosen, about.first, about.canCompare].join();
    const key = `${flags} ${all.length > 1 ? shortVariationOf(job) : ""}`;
    if (element.job === job && shown === key) return; // of two hundred, one has changed
    element.job = job;
    shown = key;
    showPicture(element, picture, job);
    name.update(job);
    star.update(job);
    stack.update(card);
    setText(badge, words(job, all.length > 1 && !isOpen));
    showMeta(meta, job);
    showAgain(again, job);
    element.dataset.state = job.state;
    element.classList.toggle("shown", about.onStage);
    element.classList.toggle("stacked", all.length > 1 && !isOpen);
    element.classList.toggle("unstacked", isOpen);
    element.classList.toggle("leads", isOpen && first);
    element.classList.toggle("favourite", job.favourite);
    element.classList.toggle("first", about.first === job.id);
    element.classList.toggle("offered", Boolean(about.first) && about.first !== job.id && isPlayable(job));
    element.classList.toggle("chosen", about.chosen === true);
    open.setAttribute("aria-current", String(about.onStage));
    setLabel(compare, t("Compare with another clip: {title}", { title: job.title }));
    setLabel(drop, t("Delete: {title}", { title: job.title }));
    setLabel(pencil, t("Rename: {title}", { title: job.title }));
    compare.hidden = !isPlayable(job) || !about.canCompare;
    open.setAttribute("aria-label", labelOf(job, badge.textContent));
    if (about.chosen === null) open.removeAttribute("aria-pressed");
    else open.setAttribute("aria-pressed", String(about.chosen));
  };
  return element;
}

const labelOf = (job, said) => [job.title, said, job.favourite && t("Favourite")].filter(Boolean).join(", ");

/** What is written on the picture. */
function words(job, isStack) {
  const kind = isStack ? "" : variationOf(job) || (job.finishes ? t("Finished anew") : "");
  if (job.state === "done") return job.video_url ? kind : t("Its file is missing");
  return [stateName(job.state), shortVariationOf(job)].filter(Boolean).join(" · ");
}

/** When it was made, and how long it is or why it failed, if there is room for that. */
function showMeta(meta, job) {
  const { frames, fps } = { ...clipOf(job), ...job.video };
  const said = job.state === "failed" ? (job.reason?.message ?? "") : clipDuration(frames / fps);
  if (meta.dataset.said === said) return;
  meta.dataset.said = said;
  meta.replaceChildren(h("time", { datetime: job.created }, ago(job.created)), h("span", {}, said));
  meta.title = job.state === "failed" ? said : summary(job);
}

/** What can still be made of a run that came to nothing. */
function showAgain(place, job) {
  const verb = job.state === "done" ? "" : job.resumable ? "resume" : job.photo_url ? "retry" : "";
  if ((place.dataset.verb ?? "") === verb) return;
  place.dataset.verb = verb;
  const make = {
    resume: () => button(t("Resume"), () => goOnWith(get("jobs").get(job.id)), { class: "chip" }),
    retry: () => button(t("Start over"), () => act(get("jobs").get(job.id), "retry"), { class: "chip" }),
  }[verb];
  place.replaceChildren(...(make ? [make()] : []));
}

/** How many clips a stack has, and the button that opens and closes it. */
function createStack(now) {
  const count = h("span", {});
  const turn = () => {
    turnStack(now());
    element.focus();
  };
  const element = h("button", { type: "button", class: "stack-count", onclick: turn }, icon("stack"), count);
  return {
    element,
    update({ all, open, first }) {
      element.hidden = all.length < 2 || !first;
      setText(count, number(all.length));
      const label = open ? t("Close the stack") : t("Show all {n} clips of this photo", { n: number(all.length) });
      element.setAttribute("aria-label", label);
      element.setAttribute("aria-expanded", String(open));
      element.title = label;
    },
  };
}

/** The first frame of a finished clip, or the photo, in the clip's own shape. */
function showPicture(element, picture, job) {
  const { width, height } = clipOf(job);
  const shape = width / height;
  setStyle(element, { "--a": shape.toFixed(4) });
  const { preview_url: preview } = job;
  const url = preview ?? pictureOf(job) ?? "";
  if (picture.dataset.url === url) return;
  const draw = () => {
    if (picture.dataset.url !== url) return;
    if (preview) showFirst(picture, preview, shape);
    else
      setStyle(picture, {
        "background-image": url ? `url("${url}")` : null,
        "background-size": "cover",
        "background-position": "50% 50%",
      });
  };
  const first = picture.dataset.url === undefined;
  picture.dataset.url = url;
  if (!first && !picture.dataset.far) {
    draw();
    return;
  }
  picture.dataset.far = "1";
  picture.addEventListener(
    "near",
    () => {
      delete picture.dataset.far;
      draw();
    },
    { once: true },
  );
  near.observe(picture);
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
