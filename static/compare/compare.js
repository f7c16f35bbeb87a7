/** Two clips side by side, or one over the other with a line between them that can be moved; below, what differs. */

import { h, icon, iconButton, prefersReducedMotion, setIcon, setStyle, setText } from "../base/dom.js";
import { number, t } from "../base/language.js";
import { openPanel } from "../base/overlays.js";
import { createSlider } from "../base/slider.js";
import { keep, recall } from "../base/storage.js";
import { clipOf, summary } from "../clips/clip.js";
import { variationOf } from "../clips/variations.js";
import { differencesOf } from "./differences.js";
import { createPair } from "./in_sync.js";
import { createWipe } from "./wipe.js";

const LETTERS = ["A", "B"];
const REMEMBERED = "compare"; // beside or wipe, as it was last

/** Opens it over the page. Escape closes it, and the focus is again where it was. */
export function openCompare(jobs) {
  openPanel(
    t("Two clips compared"),
    (body) => {
      const pair = createPair(jobs);
      const wipe = createWipe(t("The line between them: A on the left, B on the right"), (place) =>
        setStyle(stage, { "--cut": `${place}%` }),
      );
      const stage = h(
        "div",
        { class: "versus-stage" },
        jobs.map((job, index) => createFigure(job, index, pair)),
        h("div", { class: "versus-wipe" }, wipe.area),
      );
      wipe.place(50);
      const { width, height } = clipOf(jobs[0]);
      setStyle(stage, { "--a": String(width / height) });
      body.append(stage, createControls(pair, stage), createTable(jobs));
      body.parentElement.addEventListener("keydown", (event) => press(event, pair));
      if (!prefersReducedMotion()) pair.play();
      return pair.end;
    },
    { class: "versus" },
  );
}

/** The keys of the player: space, and a frame on or back. */
function press(event, pair) {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const act = {
    " ": event.target.matches("button, a, select") ? null : pair.toggle,
    ArrowLeft: event.target.matches("input") ? null : () => pair.step(-1),
    ArrowRight: event.target.matches("input") ? null : () => pair.step(1),
  }[event.key];
  if (!act) return;
  event.preventDefault();
  act();
}

function createFigure(job, index, pair) {
  const about = [variationOf(job), summary(job)].filter(Boolean).join(" · ");
  const { width, height } = clipOf(job);
  const name = h("span", { class: "versus-name", title: about }, job.title);
  return h(
    "div",
    { class: "versus-clip", dataset: { side: LETTERS[index] } },
    h(
      "figure",
      { style: { "--own": String(width / height) } },
      pair.videos[index],
      h("figcaption", {}, h("b", {}, LETTERS[index]), name),
    ),
  );
}

function createControls(pair, stage) {
  const play = iconButton("pause", t("Pause"), pair.toggle, { autofocus: true });
  const track = h("input", {
    type: "range",
    min: "0",
    max: String(pair.frames - 1),
    value: "0",
    "aria-label": t("Frames of the videos"),
    oninput: () => pair.show(Number(track.value)),
  });
  const place = h("span", { class: "figures" });
  pair.onmove = (index) => {
    const values = { n: number(index + 1), total: number(pair.frames) };
    track.value = String(index);
    track.setAttribute("aria-valuetext", t("Frame {n} of {total}", values));
    setStyle(track, { "--fill": `${(100 * index) / Math.max(1, pair.frames - 1)}%` });
    setText(place, `${values.n} / ${values.total}`);
  };
  pair.onchange = () => {
    setIcon(play, pair.paused ? "play" : "pause");
    play.setAttribute("aria-label", pair.paused ? t("Play") : t("Pause"));
    play.title = play.getAttribute("aria-label");
  };
  pair.onmove(0);
  pair.onchange();
  return h(
    "div",
    { class: "versus-controls" },
    h(
      "div",
      { class: "row tight", role: "group", "aria-label": t("Playback") },
      iconButton("back", t("Previous frame"), () => pair.step(-1)),
      play,
      iconButton("next", t("Next frame"), () => pair.step(1)),
    ),
    createSlider(track),
    place,
    createModes(stage),
  );
}

/** Beside each other, or one over the other. */
function createModes(stage) {
  const choose = (mode) => {
    stage.dataset.mode = mode;
    keep(REMEMBERED, mode);
    for (const element of root.children) element.setAttribute("aria-pressed", String(element.dataset.mode === mode));
    stage.querySelector(".versus-wipe").inert = mode !== "wipe";
  };
  const mode = (name, picture, label) =>
    h(
      "button",
      { type: "button", dataset: { mode: name }, onclick: () => choose(name) },
      icon(picture),
      h("span", {}, label),
    );
  const root = h(
    "div",
    { class: "segments", role: "group", "aria-label": t("How they are shown") },
    mode("beside", "beside", t("Side by side")),
    mode("wipe", "compare", t("Wipe")),
  );
  choose(recall(REMEMBERED) === "wipe" ? "wipe" : "beside");
  return root;
}

function createTable(jobs) {
  const rows = differencesOf(jobs);
  if (!rows.length)
    return h("p", { class: "hint-line" }, t("Both were made of the same photo with the same settings."));
  const head = h(
    "tr",
    {},
    h("th", { scope: "col" }, t("What differs")),
    LETTERS.map((letter) => h("th", { scope: "col" }, letter)),
  );
  const line = ({ label, values }) =>
    h(
      "tr",
      {},
      h("th", { scope: "row" }, label),
      values.map((value) => h("td", {}, value)),
    );
  return h(
    "div",
    { class: "versus-table", tabindex: "0", role: "group", "aria-label": t("What differs") },
    h("table", {}, h("thead", {}, head), h("tbody", {}, rows.map(line))),
  );
}
