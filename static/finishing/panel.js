/** “Finish”: a clip made smooth, large, looped, held or trimmed without being generated again; what that takes, said first. */

import { ApiError, api } from "../base/api.js";
import { debounced, h, setText } from "../base/dom.js";
import { bytesOf, clipDuration, duration, number, shortDuration, size, t } from "../base/language.js";
import { openPanel, showError } from "../base/overlays.js";
import { putJob, set, watch } from "../base/store.js";
import { createControl } from "../settings/controls.js";
import { verdict } from "../settings/verdict.js";
import { asMade, choose, chosenFor, finishingRows, isOfFrames, sourceOf } from "./chosen.js";

const REST = 120; // ms of rest before the server is asked what it takes

export function openFinish(job) {
  openPanel(t("Finish this clip"), (body, close) => {
    const rows = finishingRows();
    const controls = rows.map((row) => createControl(row, targetOf(job))).filter(Boolean);
    const list = h(
      "div",
      { class: "setting-list" },
      controls.map(({ element }) => element),
    );
    const end = createEnd(job, close);
    body.append(h("p", { class: "lead" }, madeOf(job)), list, end.element);
    const ask = debounced(() => end.ask(), REST);
    const unwatch = watch(["finishing"], () => {
      for (const { update } of controls) update();
      end.wait();
      ask();
    });
    return () => {
      unwatch();
      end.stop();
    };
  });
}

/** Of which frames it is made. */
function madeOf(job) {
  return isOfFrames(job)
    ? t("The frames that the model made are still here: nothing is generated again.")
    : t("The model's own frames are no longer kept: the video itself is finished.");
}

/** What the controls of this panel set. */
function targetOf(job) {
  const { frames, fps } = sourceOf(job);
  return {
    prefix: "finish",
    read: ({ name }) => chosenFor(job)[name],
    set: ({ name }, value) => choose(job, name, value),
    uses: () => true,
    limits({ name }) {
      if (name === "smooth") return { minimum: Math.floor(fps) + 1 };
      if (name === "trim") return { maximum: Math.ceil((100 * frames) / fps) / 100 };
      if (name === "hold" && chosenFor(job).loop !== "off") return { maximum: 0 };
      return {};
    },
    meaning({ name, hints }) {
      const value = chosenFor(job)[name];
      return typeof value === "number" ? hints.filter(({ from }) => from <= value).at(-1)?.text : undefined;
    },
  };
}

/** What it comes to, what it takes, and the button. */
function createEnd(job, close) {
  const video = h("p", { class: "finish-video" });
  const words = h("span", { class: "estimate-words" });
  const line = h("p", { class: "estimate-line" }, h("span", { class: "dot", "aria-hidden": "true" }), words);
  const detail = h("span", { class: "generate-detail" });
  const label = h("span", { class: "generate-label" }, t("Finish"));
  const go = h("button", { type: "button", class: "generate", onclick: () => begin() }, label, detail);
  const element = h("div", { class: "estimate finish-end" }, video, line, go);
  let abort = null;
  let force = false;

  const say = (level, text, about = "") => {
    element.dataset.level = level;
    setText(words, text);
    setText(detail, about);
  };
  async function begin() {
    go.disabled = true;
    try {
      const made = await api.finish(job.id, wanted(job), force);
      putJob(made);
      set({ view: "clip", jobId: made.id, trimming: null, finishing: null });
      close();
    } catch (error) {
      go.disabled = false;
      showError(error);
    }
  }
  return {
    element,
    wait() {
      go.disabled = true;
      say("none", t("Estimating…"));
    },
    async ask() {
      abort?.abort();
      abort = new AbortController();
      try {
        if (!Object.keys(wanted(job)).length)
          throw new ApiError(422, "unchanged", t("Choose what is to be different."));
        const found = await api.estimateFinish(job.id, wanted(job), abort.signal);
        force = !found.fits;
        const memory = bytesOf(found.peak_bytes, found.budget_bytes);
        say(
          found.level,
          [duration(found.seconds), memory, verdict(found)].join(" · "),
          t("about {time}", { time: shortDuration(found.seconds) }),
        );
        setText(video, videoWords(found.video));
        go.disabled = false;
      } catch (error) {
        if (error.name === "AbortError") return;
        say("none", [error.message, error.hint].filter(Boolean).join(" "));
        setText(video, "");
      }
    },
    stop: () => abort?.abort(),
  };
}

/** "1280 × 768 · 56 frames · 2.3 s · 24 fps" */
function videoWords({ width, height, frames, fps, seconds }) {
  const parts = [size(width, height), t("{n} frames", { n: number(frames) }), clipDuration(seconds)];
  return [...parts, `${number(fps, 2)} fps`].join(" · ");
}

/** What is to be otherwise than it is. */
function wanted(job) {
  const [before, after] = [asMade(job), chosenFor(job)];
  const changed = Object.keys(after).filter((name) => JSON.stringify(after[name]) !== JSON.stringify(before[name]));
  return Object.fromEntries(changed.map((name) => [name, after[name] ?? "off"]));
}
