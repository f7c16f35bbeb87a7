/** Several photos at once: one question, then each is uploaded and queued, named as it goes, and whatever fails is named. */

import { api } from "../base/api.js";
import { button, h, icon, setIcon, setStyle, setText } from "../base/dom.js";
import { clipDuration, duration, number, t } from "../base/language.js";
import { announce, openPanel, toast } from "../base/overlays.js";
import { get, putJob, set, watch } from "../base/store.js";
import { wanted } from "../clips/actions.js";
import { forAnotherPhoto } from "../settings/current.js";
import { missing, missingAdvice } from "../settings/missing.js";
import { chosenName } from "../settings/presets.js";
import { verdict } from "../settings/verdict.js";
import { checkFile, mayBePhoto, notAPhoto } from "./files.js";
import { copying } from "./reading.js";
import { withSubject } from "./subject.js";

const LAST = [0, 429, 507]; // nobody answers, the queue is full, the disk is full: the next one would fare no better

/** Asks once about all of them, and does it. */
export function askForSeveral(files) {
  const photos = files.filter(mayBePhoto);
  const title = t("{n} photos", { n: number(photos.length) });
  openPanel(
    title,
    (body, close) => {
      const batch = { photos, rows: new Map(), queued: [], failed: 0, stopped: null, close };
      for (const file of files) batch.rows.set(file, makeRow(file));
      return fill(body, batch);
    },
    { class: "several" },
  );
}

/** A row: the picture, the name, and what becomes of it. */
function makeRow(file) {
  const url = file.type.startsWith("image/") && URL.createObjectURL(file);
  const picture = url && h("img", { src: url, alt: "", loading: "lazy", onerror: () => picture.remove() });
  const thumb = h("span", { class: "several-thumb" }, icon("photo"), picture); // not each kind is the browser's
  const words = h("span", { class: "several-state" });
  const mark = h("span", { class: "several-mark", "aria-hidden": "true" }, icon("check"));
  const element = h(
    "li",
    { class: "several-row" },
    thumb,
    h("span", { class: "several-name" }, file.name),
    mark,
    words,
  );
  const row = {
    element,
    say(state, text) {
      element.dataset.state = state;
      setIcon(mark, state === "failed" ? "warn" : "check");
      setText(words, text);
    },
    forget: () => url && URL.revokeObjectURL(url),
  };
  row.say(mayBePhoto(file) ? "waiting" : "failed", mayBePhoto(file) ? "" : notAPhoto(file));
  return row;
}

/** The question; its answer turns it into what is going on. Returns what ends it. */
function fill(body, batch) {
  const facts = h("p", { class: "several-facts" });
  const cost = h("span", {});
  const line = h("p", { class: "estimate-line" }, h("span", { class: "dot", "aria-hidden": "true" }), cost);
  const advice = h("div", { class: "advice" });
  const bar = h("span", { class: "fill" });
  const track = h("div", { class: "several-bar", "aria-hidden": "true" }, bar);
  const list = h("ul", { class: "several-list", tabindex: "0", "aria-label": t("The photos") });
  list.append(...[...batch.rows.values()].map(({ element }) => element));
  const no = button(t("Cancel"), batch.close, { class: "quiet" });
  const yes = button("", () => begin(), { class: "solid", autofocus: true });
  body.append(facts, line, advice, track, list, h("div", { class: "row end" }, no, yes));
  const root = { facts, cost, line, advice, yes, body };
  const unwatch = watch(["estimate", "settings", "resolved", "models", "extras", "queue"], () => ask(root, batch));

  async function begin() {
    unwatch();
    yes.remove();
    advice.replaceChildren();
    body.dataset.state = "going";
    no.focus();
    const { photos } = batch;
    await queueAll(batch, (done) => {
      setStyle(bar, { width: `${(100 * done) / photos.length}%` });
      setText(
        cost,
        t("{done} of {total} are in the queue", { done: number(batch.queued.length), total: number(photos.length) }),
      );
      line.dataset.level = "";
    });
    const closed = batch.stopped.signal.aborted;
    const smooth = !batch.failed && photos.length === batch.rows.size;
    conclude(batch, closed || smooth);
    if (closed) return;
    if (smooth) batch.close();
    body.dataset.state = "ended";
    setText(no.firstElementChild, t("Close"));
  }

  return () => {
    unwatch();
    batch.stopped?.abort();
    for (const { forget } of batch.rows.values()) forget();
  };
}

/** What will happen, said before it does. */
function ask({ facts, cost, line, advice, yes, body }, { photos }) {
  const estimate = get("estimate");
  const known = estimate && !estimate.error;
  const { frames, seconds } = get("resolved").video;
  const room = Math.max(0, get("server").limits.queue - get("queue").length);
  const absent = missing();
  const each = [chosenName(), t("{n} frames", { n: number(frames) }), clipDuration(seconds)].join(" · ");
  setText(facts, t("A video of each, with the settings chosen now: {settings}.", { settings: each }));
  line.dataset.level = known ? estimate.level : "none";
  body.dataset.state = "asking";
  if (photos.length > room) setText(cost, t("There is room for {n} in the queue.", { n: number(room) }));
  else if (estimate?.error) setText(cost, estimate.error.message);
  else if (!known) setText(cost, t("Estimating…"));
  else {
    const total = t("about {time} in all", { time: duration(photos.length * estimate.seconds) });
    setText(cost, [total, verdict(estimate)].join(" · "));
  }
  advice.replaceChildren(...(absent.length ? missingAdvice(absent) : []));
  setText(yes.firstElementChild, t("Queue {n} videos", { n: number(photos.length) }));
  yes.disabled = absent.length > 0 || Boolean(estimate?.error) || photos.length > room;
}

/** One after the other: a photo that cannot be read is named, a server that takes no more ends it. */
async function queueAll(batch, tell) {
  const { photos, rows, queued } = batch;
  batch.stopped = new AbortController();
  const settings = forAnotherPhoto();
  const force = get("estimate")?.fits === false;
  for (const [index, file] of photos.entries()) {
    tell(index);
    const row = rows.get(file);
    row.say("going", t("Reading {name}…", { name: file.name }));
    row.element.scrollIntoView({ block: "nearest" });
    try {
      await checkFile(file);
      const { signal } = batch.stopped;
      const tell = (part) => part < 1 && row.say("going", copying(file.name, part));
      const given = await api.addPhoto(file, file.name, { signal, tell });
      const photo = await withSubject(given, settings);
      signal.throwIfAborted();
      const job = await api.addJob(await wanted(photo, settings, { force }));
      putJob(job);
      queued.push(job);
      row.say("done", t("In the queue"));
    } catch (error) {
      if (error.name === "AbortError") return;
      if (error.status === undefined) throw error;
      batch.failed += 1;
      row.say("failed", [error.message, error.hint].filter(Boolean).join(" "));
      if (LAST.includes(error.status)) break;
    }
    if (batch.stopped.signal.aborted) return;
  }
  tell(photos.length);
  for (const file of photos)
    if (rows.get(file).element.dataset.state === "waiting") rows.get(file).say("failed", t("Not added"));
}

/** What came of it, on the page: the first of them is shown; said there, unless the list still says it. */
function conclude({ photos, queued }, aloud) {
  if (queued.length) set({ view: "clip", jobId: queued[0].id });
  const values = { done: number(queued.length), total: number(photos.length) };
  const all = queued.length === photos.length;
  const words = all
    ? t("{total} videos are in the queue.", values)
    : t("{done} of {total} videos are in the queue.", values);
  if (aloud) toast(words);
  else announce(words);
}
