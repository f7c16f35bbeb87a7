/** The row under a finished clip: playing it, and what else can be made of it; and the same row while it is trimmed. */

import { button, h, icon, iconButton, setIcon, setText } from "../base/dom.js";
import { language, number, t } from "../base/language.js";
import { createMenu, menuEntry, menuLink } from "../base/menu.js";
import { openDetails, openFinish } from "../base/parts.js";
import { model } from "../base/store.js";
import { remove } from "../clips/actions.js";
import { CALM, calmer, goOnFrom, remix, vary } from "../clips/again.js";
import { isOurs, summary } from "../clips/clip.js";
import { createName, createStar } from "../clips/marks.js";
import { canShare, share } from "../clips/share.js";
import { canCompare, pickOther } from "../compare/picking.js";
import { trimmable } from "../finishing/chosen.js";
import { partWords, takeAll, trim } from "../finishing/trim.js";
import { canBeFull, isFull, toggleFull } from "./full_screen.js";

/** Under the row: what its two buttons that make another clip do. */
const WAYS = "ways-line";

export function forDone(job, player) {
  const ours = isOurs(job);
  const star = createStar(job.id);
  const name = createName(job.id);
  const more = createMore(job, player, name.edit);
  const way = (name, label, act) => button(label, act, { class: `quiet ${name}`, "aria-describedby": WAYS });
  return {
    parts: [
      h("div", { class: "row tight", role: "group", "aria-label": t("Playback") }, createPlayback(player)),
      detailsButton(job),
      h("div", { class: "named" }, name.element),
      star.element,
      h(
        "div",
        { class: "row end", role: "group", "aria-label": t("This clip") },
        ours && way("remix", t("Remix"), () => remix(job)),
        ours && way("vary", t("Vary"), () => vary(job)),
        button(t("Finish…"), () => openFinish(job), { name: "finish", class: "quiet" }),
        more.element,
        createDownloads(job),
      ),
      ours &&
        h(
          "p",
          { class: "ways-line", id: WAYS },
          t("Remix: change its settings first. Vary: the same again, with a new seed."),
        ),
    ].filter(Boolean),
    update(now) {
      more.update();
      star.update(now);
      name.update(now);
    },
  };
}

/** What a clip is, in numbers; pressed, all that it was made with. */
export function detailsButton(job) {
  return h(
    "button",
    {
      type: "button",
      class: "button details-button",
      title: t("What it was made with"),
      onclick: () => openDetails(job),
    },
    icon("info"),
    h("span", { class: "sr" }, t("About this clip")),
    h("span", { class: "facts" }, summary(job)),
    h("span", { class: "short" }, t("Details")),
  );
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
  const full = canBeFull(player.video) && iconButton("full", t("Full screen"), () => toggleFull(player.video));
  const play = createPlay(player, () => {
    loop.setAttribute("aria-pressed", String(player.video.loop));
    compare.setAttribute("aria-pressed", String(player.comparing));
    const words = `${number(player.speed, 2)}×`;
    setText(speed, words);
    speed.setAttribute("aria-label", t("Speed: {speed}", { speed: words }));
    speed.title = speed.getAttribute("aria-label");
    if (!full) return;
    setIcon(full, isFull() ? "not-full" : "full");
    full.title = isFull() ? t("Leave full screen") : t("Full screen");
    full.setAttribute("aria-label", full.title);
  });
  const back = iconButton("back", t("Previous frame"), () => player.step(-1));
  const next = iconButton("next", t("Next frame"), () => player.step(1));
  return [back, play, next, loop, speed, compare, full];
}

/** What may help a clip that moves much; nothing for a calm one. A draft melts nothing. */
function calmEntry(job) {
  if (!isOurs(job) || job.settings.motion <= CALM) return null;
  const draft = model(job.settings.model)?.state === "built in";
  const what = draft ? "" : t("If faces or hands melt: the same seed, less movement.");
  return menuEntry("calm", t("Calmer movement ({motion})", { motion: CALM }), () => calmer(job), what);
}

/** What is done more rarely, in words. */
function createMore(job, player, rename) {
  const beside = menuEntry("beside", t("Compare with another clip"), () => pickOther(job));
  const cut = trimmable(job) && menuEntry("trim", t("Trim…"), () => trim(job), t("Keep a part of it."));
  const frame = menuLink("photo", t("Save this frame"), "", t("The picture that is shown, as PNG."));
  frame.addEventListener("click", () => {
    frame.href = `/api/jobs/${job.id}/frames/${player.frame}.png?download=1&lang=${language}`;
  });
  frame.href = "#";
  const goOn = menuEntry(
    "go-on",
    t("Go on from here"),
    () => goOnFrom(job, player.frame),
    t("A new video that begins with the frame that is shown."),
  );
  const face = h(
    "summary",
    { class: "button quiet", "aria-label": t("More"), title: t("More") },
    icon("options"),
    h("span", {}, t("More")),
  );
  const element = createMenu("more-tools", face, [
    isOurs(job) && goOn,
    calmEntry(job),
    cut,
    frame,
    beside,
    menuEntry("pencil", t("Rename"), rename),
    menuEntry("trash", t("Delete"), () => remove(job)),
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
    menuLink("download", label, `/api/jobs/${job.id}/video.${format}?download=1&lang=${language}`);
  const face = h("summary", { class: "button solid" }, icon("download"), h("span", {}, t("Download")));
  const hand = canShare && menuEntry("share", t("Share…"), () => share(job), t("Send the video with another app."));
  return createMenu("downloads", face, [hand, ...formats.map(link)]);
}
