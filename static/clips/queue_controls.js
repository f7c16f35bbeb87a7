/** The queue as a whole: how long it takes, pausing it, and cancelling all that waits. */

import { api } from "../base/api.js";
import { button, h, setIcon, setText } from "../base/dom.js";
import { duration, number, t } from "../base/language.js";
import { showError, toast } from "../base/overlays.js";
import { get, putJob, runningJob, set, watch } from "../base/store.js";

/** Lets nothing new begin, or lets the queue go on. */
export async function pauseQueue(paused) {
  try {
    const { seconds_left: secondsLeft, ...now } = await api.pauseQueue(paused);
    set({ ...now, secondsLeft });
  } catch (error) {
    showError(error);
  }
}

/** Cancels all that waits, with a way back. */
async function clearQueue() {
  try {
    const { cancelled } = await api.clearQueue();
    set({ queue: get("queue").filter((id) => !cancelled.includes(id)) });
    const words = t("Waiting videos cancelled: {n}", { n: number(cancelled.length) });
    toast(words, { action: { label: t("Undo"), act: () => putBack(cancelled) } });
  } catch (error) {
    showError(error);
  }
}

/** Lets them wait again, in their order. */
async function putBack(ids) {
  const refused = [];
  for (const id of ids) {
    try {
      putJob(await api.act(id, "resume"));
    } catch (error) {
      refused.push(error); // a model may have gone meanwhile: the others wait all the same
    }
  }
  if (refused.length) showError(refused[0]);
}

/** What stands over the queue; call what `unwatch` holds at the end. */
export function createQueueControls() {
  const rests = h("p", { role: "status" });
  const total = h("p", { class: "queue-total" });
  const pause = button("", () => pauseQueue(!get("paused")), { name: "pause", class: "quiet" });
  const clear = button(t("Cancel all waiting"), clearQueue, { name: "close", class: "quiet" });
  const element = h("div", { class: "queue-controls" }, rests, total, h("div", { class: "row" }, pause, clear));
  const unwatch = watch(["queue", "jobs", "paused", "secondsLeft"], () => {
    const [paused, waiting] = [get("paused"), get("queue").length];
    setText(rests, paused ? pauseWords() : "");
    setText(total, totalWords());
    setIcon(pause, paused ? "play" : "pause");
    setText(pause.querySelector("span"), paused ? t("Continue the queue") : t("Pause the queue"));
    clear.hidden = waiting === 0;
    pause.hidden = !paused && waiting === 0 && !runningJob();
  });
  return { element, unwatch };
}

/** What a pause means just now. */
function pauseWords() {
  return runningJob()
    ? t("Paused: the video in progress is finished, and nothing new begins.")
    : t("Paused: nothing begins until you continue.");
}

/** "About 12 min left · 3 waiting" */
function totalWords() {
  const [waiting, left] = [get("queue").length, get("secondsLeft")];
  const parts = [
    left > 0 && t("About {time} left", { time: duration(left) }),
    waiting > 0 && t("{n} waiting", { n: number(waiting) }),
  ];
  return parts.filter(Boolean).join(" · ");
}
