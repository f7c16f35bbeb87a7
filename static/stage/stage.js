/** The stage: nothing yet (see welcome.js), a photo on its way, the photo and its crop, the clip as it develops, the clip. */

import { button, byId, h, icon, setStyle } from "../base/dom.js";
import { number, t } from "../base/language.js";
import { get, jobOnStage, set, watch } from "../base/store.js";
import { act, goOnWith } from "../clips/actions.js";
import { clipOf, developed, pictureOf } from "../clips/clip.js";
import { pauseQueue } from "../clips/queue_controls.js";
import { resolved } from "../settings/current.js";
import { createPreview } from "./filmstrip.js";
import { showLayer } from "./layer.js";
import { createCrop } from "./photo.js";
import { createReading } from "./reading.js";

export function createStage(player) {
  const still = h("img", { class: "still", alt: "" });
  const previewPicture = h("div", { class: "preview" });
  const preview = createPreview(previewPicture);
  const overlay = h("div", { class: "overlay" });
  const developing = h("div", { class: "developing" }, still, previewPicture, overlay);
  const views = createViews();
  const frame = h("div", { class: "frame" }, createCrop(), createReading(), developing, player.layer, views);
  const stage = byId("stage");
  stage.prepend(frame);

  function show() {
    if (!get("settings") || isComing()) return;
    const job = jobOnStage();
    const photo = get("photo");
    const { width, height } = job ? clipOf(job) : resolved();
    setStyle(byId("main"), { "--a": String(width / height) });
    const layer = get("reading")
      ? "reading"
      : job
        ? job.video_url
          ? "player"
          : "developing"
        : photo
          ? "crop"
          : "empty";
    showLayer(layer);
    player.load(layer === "player" ? job : null);
    if (layer === "developing") showDeveloping(job);
    else preview.stop();
    // Only the layer that is seen can be reached.
    for (const element of frame.children) if (element !== views) element.inert = !element.classList.contains(layer);
    views.update(photo, get("jobs").get(get("jobId")));
  }

  function showDeveloping(job) {
    const picture = pictureOf(job);
    still.hidden = !picture;
    if (picture && still.getAttribute("src") !== picture) still.src = picture;
    previewPicture.hidden = !job.preview_url;
    if (job.preview_url) preview.show(job.preview_url, clipOf(job));
    else preview.stop();
    developing.dataset.state = job.state;
    setStyle(developing, { "--clear": developed(job).toFixed(2) });
    showOverlay(overlay, job);
  }

  watch(["photo", "settings", "resolved", "view", "jobId", "jobs", "reading", "paused", "finding", "connection"], show);
}

/** Whether the clip to be shown is not known yet, but soon: until then the stage stays as it is. */
function isComing() {
  const [id, finding] = [get("jobId"), get("finding")];
  if (get("view") !== "clip" || !id || get("jobs").has(id) || get("reading")) return false;
  return finding === id || get("connection") === "connecting";
}

/** Photo or clip, where there are both. */
function createViews() {
  const viewButton = (view, name, label) =>
    h("button", { type: "button", dataset: { view }, onclick: () => set({ view }) }, icon(name), h("span", {}, label));
  const root = h(
    "div",
    { class: "views segments", role: "group", "aria-label": t("What to show") },
    viewButton("photo", "photo", t("Photo")),
    viewButton("clip", "clip", t("Video")),
  );
  root.update = (photo, job) => {
    root.hidden = !photo || !job || Boolean(get("reading"));
    for (const element of root.children)
      element.setAttribute("aria-pressed", String(element.dataset.view === get("view")));
  };
  return root;
}

/** What is said over a clip that waits, or that came to nothing. */
function showOverlay(overlay, job) {
  const key = [
    job.id,
    job.state,
    job.foreground,
    get("paused"),
    job.video_url,
    job.queue_position,
    job.resumable,
    job.reason?.message,
  ].join();
  if (overlay.dataset.key === key) return;
  overlay.dataset.key = key;
  overlay.replaceChildren();
  overlay.hidden = job.state === "running";
  if (job.state === "done")
    overlay.append(
      h("p", { class: "big" }, t("The video is missing")),
      h("p", {}, t("Its file was moved or deleted, or your browser can't play it.")),
    );
  if (job.state === "queued") overlay.append(h("p", { class: "big" }, waiting(job)), ...whenItStarts(job));
  if (job.state === "failed") overlay.append(...failed(job));
  if (job.state === "cancelled") overlay.append(...ended(job, t("Cancelled")));
  if (job.state === "stopped")
    overlay.append(...ended(job, t("Stopped"), t("The program making it ended before the video was done.")));
}

function waiting({ foreground, queue_position: position }) {
  if (foreground) return t("Waiting");
  if (!position || position === 1) return t("Next in the queue");
  return t("Number {n} in the queue", { n: number(position) });
}

/** When it starts, and what to press if that is needed. */
function whenItStarts({ foreground }) {
  if (foreground) return [h("p", {}, t("The program you started it in makes it."))];
  if (!get("paused")) return [h("p", {}, t("It starts automatically."))];
  return [
    h("p", {}, t("The queue is paused: nothing begins until you continue.")),
    h(
      "div",
      { class: "row" },
      button(t("Continue the queue"), () => pauseQueue(false), { name: "play", class: "solid" }),
    ),
  ];
}

function failed(job) {
  const { message, hint } = job.reason ?? { message: t("The video failed without giving a reason.") };
  return [
    h("p", { class: "big" }, icon("warn"), t("The video failed")),
    h("p", { class: "reason" }, message),
    hint && h("p", {}, hint),
    again(job),
  ].filter(Boolean);
}

/** Of one that nothing went wrong with. */
function ended(job, title, why) {
  const said = job.resumable ? t("The steps computed so far are kept.") : t("Nothing was kept.");
  return [h("p", { class: "big" }, title), why && h("p", {}, why), h("p", {}, said), again(job)].filter(Boolean);
}

/** What can still be made of a run that ended early: the rest of it, or all of it, while its photo is kept. */
function again(job) {
  const { resumable, photo_url: kept } = job;
  return h(
    "div",
    { class: "row" },
    resumable && button(t("Resume"), () => goOnWith(job), { class: "solid" }),
    kept && button(t("Start over"), () => act(job, "retry"), { class: resumable ? "quiet" : "solid" }),
  );
}
