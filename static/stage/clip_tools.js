/** The row under a finished clip: playing it, and what else can be made of it; and the same row while it is trimmed. */

import { button, h, icon, iconButton, setIcon, setText } from "../base/dom.js";
import { language, number, t } from "../base/language.js";
import { model } from "../base/store.js";
import { CALM, calmer, goOnFrom, remix, remove, vary } from "../clips/actions.js";
import { isOurs, madeWith, summary } from "../clips/clip.js";
import { createName, createStar } from "../clips/marks.js";
import { canCompare, pickOther } from "../compare/picking.js";
import { trimmable } from "../finishing/chosen.js";
import { openFinish } from "../finishing/panel.js";
import { partWords, takeAll, trim } from "../finishing/trim.js";

export function forDone(job, player) {
  const playback = createPlayback(player);
  const calm = calmWords(job);
  const star = createStar(job.id);
  const name = createName(job.id);
  const more = createMore(job, name.edit);
  const cut = trimmable(job) && iconButton("trim", t("Trim"), () => trim(job));
  const goOn = button(t("Go on from here"), () => goOnFrom(job, player.frame), {
    name: "go-on",
    class: "quiet",
    title: t("A new video that begins with the frame that is shown"),
  });
  return {
    parts: [
      h("div", { class: "row tight", role: "group", "aria-label": t("Playback") }, playback, cut),
      h("div", { class: "facts named", title: madeWith(job) }, name.element, h("span", {}, summary(job))),
      h(
        "div",
        { class: "row end", role: "group", "aria-label": t("This clip") },
        star.element,
        calm && !isDraft(job) && button(calm, () => calmer(job), { class: "quiet calmer" }),
        isOurs(job) && goOn,
        button(t("Finish…"), () => openFinish(job), { name: "finish", class: "quiet" }),
        more.element,
        createDownloads(job),
      ),
    ],
    update(now) {
      more.update();
      star.update(now);
      name.update(now);
    },
  };
}

/** While the handles are at the filmstrip. */
export function forTrim(job, player) {
  const words = h("p", { class: "facts trim-facts", role: "status" });
  const all = button(t("Whole clip"), () => takeAll(job), { class: "quiet" });
  return {
    parts: [
      h("div", { class: "row tight", role: "group", "aria-label": t("Playback") }, createPlay(player)),
      words,
      h(
        "div",
        { class: "row end", role: "group", "aria-label": t("Trim") },
        all,
        button(t("Close"), () => trim(job, false), { class: "quiet" }),
        button(t("Finish…"), () => openFinish(job), { name: "finish", class: "solid" }),
      ),
    ],
    update: () => setText(words, partWords(job)),
  };
}

function createPlay(player, also = () => {}) {
  const play = iconButton("pause", t("Pause"), player.toggle);
  player.onchange = () => {
    const { paused } = player.video;
    setIcon(play, paused ? "play" : "pause");
    play.setAttribute("aria-label", paused ? t("Play") : t("Pause"));
    play.title = play.getAttribute("aria-label");
    also();
  };
  player.onchange();
  return play;
}

function createPlayback(player) {
  const loop = iconButton("loop", t("Loop"), player.loop);
  const speed = h("button", { type: "button", class: "tool speed", onclick: player.faster });
  const compare = iconButton("compare", t("Compare with the photo"), () => player.compare());
  const play = createPlay(player, () => {
    loop.setAttribute("aria-pressed", String(player.video.loop));
    compare.setAttribute("aria-pressed", String(player.comparing));
    const words = `${number(player.speed, 2)}×`;
    setText(speed, words);
    speed.setAttribute("aria-label", t("Speed: {speed}", { speed: words }));
    speed.title = speed.getAttribute("aria-label");
  });
  const back = iconButton("back", t("Previous frame"), () => player.step(-1));
  const next = iconButton("next", t("Next frame"), () => player.step(1));
  return [back, play, next, loop, speed, compare];
}

/** What may help a clip that moves much; nothing for a calm one. */
function calmWords(job) {
  if (!isOurs(job) || job.settings.motion <= CALM) return "";
  return isDraft(job)
    ? t("Calmer movement ({motion})", { motion: CALM })
    : t("Melting? Calmer movement ({motion})", { motion: CALM });
}

/** A draft melts nothing. */
const isDraft = ({ settings }) => model(settings.model)?.state === "built in";

/** A button that unfolds a list; it folds again when it is left, or has been answered. */
function createMenu(kind, face, entries) {
  const menu = h("details", { class: `menu ${kind}` }, face, h("div", { class: "menu-list" }, entries));
  menu.addEventListener("click", (event) => {
    if (!face.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    face.focus();
  });
  return menu;
}

/** What is done more rarely, by its name. */
function createMore(job, rename) {
  const entry = (name, label, act) => h("button", { type: "button", onclick: act }, icon(name), label);
  const beside = entry("beside", t("Compare with another clip"), () => pickOther(job));
  const face = h("summary", { class: "button quiet", "aria-label": t("More"), title: t("More") }, icon("options"));
  const calm = calmWords(job);
  const element = createMenu("more-tools", face, [
    beside,
    calm && entry("calm", calm, () => calmer(job)),
    isOurs(job) && entry("remix", t("Remix: its settings, a new seed"), () => remix(job)),
    isOurs(job) && entry("vary", t("Vary: the same settings, a new seed"), () => vary(job)),
    entry("pencil", t("Rename"), rename),
    entry("trash", t("Delete"), () => remove(job)),
  ]);
  return {
    element,
    update() {
      beside.hidden = !canCompare();
    },
  };
}

function createDownloads(job) {
  const formats = [
    ["mp4", t("Video, MP4")],
    ["gif", t("Animated image, GIF")],
    ["webp", t("Animated image, WebP")],
  ];
  const link = ([format, label]) =>
    h("a", { href: `/api/jobs/${job.id}/video.${format}?download=1&lang=${language}`, download: true }, label);
  const face = h("summary", { class: "button solid" }, icon("download"), h("span", {}, t("Download")));
  return createMenu("downloads", face, formats.map(link));
}
