/** The keyboard: everything without a mouse. The list that people read is in panels/options.js. */

import { byId } from "./base/dom.js";
import { galleryJobs, get, jobOnStage, set } from "./base/store.js";
import { remix, remove } from "./clips/actions.js";
import { isOurs } from "./clips/clip.js";
import { openClip } from "./clips/gallery.js";
import { leaveClip } from "./navigation.js";
import { openModels } from "./panels/models.js";
import { openOptions } from "./panels/options.js";
import { pressGenerate } from "./settings/generate.js";
import { missing } from "./settings/missing.js";
import { pickFile } from "./stage/upload.js";

const TYPING = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select";
const TAKES_SPACE = "button, a, summary, input, select";
const TAKES_ARROWS = "input, select, [role=slider]";

export function listenToKeys(player) {
  window.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || document.querySelector("dialog[open]")) return;
    const target = event.target instanceof Element ? event.target : document.body;
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      target.blur?.(); // a number that is being typed counts
      if (get("photo") && missing().length)
        byId("generate").focus(); // a download begins with a press of its button
      else if (get("photo")) pressGenerate();
      else pickAfterKey();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || (target.matches(TYPING) && event.key !== "Escape")) return;
    const act = actions(player, target)[event.key.length === 1 ? event.key.toLowerCase() : event.key];
    if (!act) return;
    event.preventDefault();
    act();
  });
}

function actions(player, target) {
  const job = jobOnStage();
  const playing = Boolean(job?.video_url);
  const all = {
    o: pickAfterKey,
    m: openModels,
    "?": openOptions,
    "/": () => byId("search").focus(),
    v: () => switchView(),
    "[": () => beside(1),
    "]": () => beside(-1),
    Escape: () => (target.matches(TYPING) ? target.blur() : back(player)),
  };
  if (job && job.state !== "running") Object.assign(all, { Delete: () => remove(job), Backspace: () => remove(job) });
  if (!playing) return all;
  Object.assign(all, { l: player.loop, c: () => player.compare() });
  if (isOurs(job)) all.r = () => remix(job);
  if (!target.matches(TAKES_SPACE)) all[" "] = player.toggle;
  if (!target.matches(TAKES_ARROWS))
    Object.assign(all, { ArrowLeft: () => player.step(-1), ArrowRight: () => player.step(1) });
  return all;
}

/** Browsers count a key as the user's wish only once it is through, and choose no file without such a wish. */
function pickAfterKey() {
  window.addEventListener("keyup", pickFile, { once: true });
}

function switchView() {
  if (get("view") === "clip" && get("photo")) set({ view: "photo" });
  else if (get("jobs").has(get("jobId"))) set({ view: "clip" });
}

function back(player) {
  if (get("pairing")) set({ pairing: null });
  else if (get("trimming")) set({ trimming: null });
  else if (player.comparing) player.compare(false);
  else if (get("view") === "clip") leaveClip();
}

/** The neighbour in the gallery of what the stage shows. */
function beside(by) {
  const jobs = galleryJobs();
  const here = jobs.findIndex((job) => job.id === get("jobId"));
  const next = jobs[here < 0 ? 0 : here + by];
  if (next) openClip(next.id);
}
