/** The keyboard: everything without a mouse. The list that people read is in panels/options.js. */

import { byId } from "./base/dom.js";
import { openModels, openOptions } from "./base/parts.js";
import { get, jobOnStage, set } from "./base/store.js";
import { remove } from "./clips/actions.js";
import { remix } from "./clips/again.js";
import { chooseAll, favourChosen, removeChosen, setChoosing } from "./clips/choosing.js";
import { isOurs } from "./clips/clip.js";
import { openClip } from "./clips/gallery.js";
import { favour, nameNearFocus, renameIn } from "./clips/marks.js";
import { shelfJobs } from "./clips/shelf.js";
import { inOrder } from "./clips/stacks.js";
import { leaveClip } from "./navigation.js";
import { missing } from "./settings/missing.js";
import { pressGenerate } from "./settings/press.js";
import { redo, undo } from "./settings/undo.js";
import { isFull, toggleFull } from "./stage/full_screen.js";
import { giveUp } from "./stage/reading.js";
import { pickFile } from "./stage/upload.js";

const TYPING = "input:not([type=range], [type=radio], [type=checkbox]), textarea, select";
const HAS_UNDO = "input:not([type=range], [type=radio], [type=checkbox]), textarea";
const TAKES_SPACE = "button, a, summary, input, select";
const OPEN_ALREADY = "[aria-current=true], .views [aria-pressed=true]"; // pressed again they would change nothing
const TAKES_ARROWS = "input, select, [role=slider]";

export function listenToKeys(player) {
  // A link within the page would say in the address that a clip is on the stage.
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    const generate = byId("generate"); // which comes with the first photo
    (generate?.checkVisibility() ? generate : document.querySelector(".empty-start button")).focus();
  });
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
    if ((event.ctrlKey || event.metaKey) && !event.altKey && goesThroughSettings(event, target)) {
      event.preventDefault();
      return;
    }
    if (
      get("chosen") &&
      (event.ctrlKey || event.metaKey) &&
      event.key.toLowerCase() === "a" &&
      !target.matches(TYPING)
    ) {
      event.preventDefault();
      chooseAll();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || (target.matches(TYPING) && event.key !== "Escape")) return;
    const acts = actions(player, target);
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    const act = acts[event.shiftKey && /^\p{L}$/u.test(name) ? `Shift+${name}` : name];
    if (!act) return;
    event.preventDefault();
    // A button is pressed when the key comes up, in some browsers even so.
    if (event.key === " ") target.addEventListener("keyup", (up) => up.preventDefault(), { once: true });
    act();
  });
}

/** Undo and redo, but not in a field with text, which has its own; whether it was one of these keys. */
function goesThroughSettings({ key, shiftKey }, target) {
  const letter = key.toLowerCase();
  if (target.matches(HAS_UNDO) || (letter !== "z" && letter !== "y")) return false;
  if (letter === "y" || shiftKey) redo();
  else undo();
  return true;
}

function actions(player, target) {
  const job = jobOnStage();
  const playing = Boolean(job?.video_url);
  const all = {
    o: pickAfterKey,
    m: openModels,
    "?": openOptions,
    v: () => switchView(),
    "[": () => beside(1),
    "]": () => beside(-1),
    Escape: () => (target.matches(TYPING) ? target.blur() : back(player)),
  };
  const near = clipNear(target) ?? job;
  if (near) all.f = () => favour([near]);
  if (!isFull()) Object.assign(all, typing(near)); // there nobody would see what is typed
  if (get("chosen")) return { ...all, f: favourChosen, Delete: removeChosen, Backspace: removeChosen };
  const doomed = target.closest(".clip-card.shown") ? job : near; // of a stack, the one on the stage
  if (doomed && doomed.state !== "running")
    Object.assign(all, { Delete: () => remove(doomed), Backspace: () => remove(doomed) });
  if (!playing) return all;
  Object.assign(all, { l: player.loop, c: () => player.compare(), "Shift+f": () => toggleFull(player.video) });
  if (isOurs(job)) all.r = () => remix(job);
  if (!target.matches(TAKES_SPACE) || target.matches(OPEN_ALREADY)) all[" "] = player.toggle;
  if (!target.matches(TAKES_ARROWS))
    Object.assign(all, { ArrowLeft: () => player.step(-1), ArrowRight: () => player.step(1) });
  return all;
}

/** What leads to a field of the page. */
const typing = (near) => ({
  "/": () => byId("search").focus(),
  ...(near && { F2: () => renameIn(nameNearFocus()) }),
});

/** The clip whose card has the focus. */
const clipNear = (target) => get("jobs").get(target.closest(".clip-card")?.dataset.key);

/** Browsers count a key as the user's wish only once it is through, and choose no file without such a wish. */
function pickAfterKey() {
  window.addEventListener("keyup", pickFile, { once: true });
}

function switchView() {
  if (get("view") === "clip" && get("photo")) set({ view: "photo" });
  else if (get("jobs").has(get("jobId"))) set({ view: "clip" });
}

function back(player) {
  if (isFull()) toggleFull(player.video);
  else if (get("reading")) giveUp();
  else if (get("chosen")) setChoosing(false);
  else if (get("pairing")) set({ pairing: null });
  else if (get("trimming")) set({ trimming: null });
  else if (player.comparing) player.compare(false);
  else if (get("view") === "clip" && get("photo")) leaveClip();
}

/** The neighbour in the gallery of what the stage shows. */
function beside(by) {
  const jobs = inOrder(shelfJobs());
  const here = jobs.findIndex((job) => job.id === get("jobId"));
  const next = jobs[here < 0 ? 0 : here + by];
  if (next) openClip(next.id);
}
