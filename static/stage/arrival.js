/**
 * What is on its way to the stage: a photo, a video made here, an example. The latest counts: it takes the place of
 * whatever was on its way before, and until it is here, the stage goes back to what it showed when it is stopped.
 */

import { showError } from "../base/overlays.js";
import { get, set } from "../base/store.js";

let current = null; // the AbortController of what is on its way

/**
 * Shows that something comes while `take(signal, tell)` brings it; `tell(fraction)` says how much of it has been sent.
 * `signal` is aborted when it is stopped, or when something else comes.
 */
export async function receive({ name, url = null }, take) {
  current?.abort();
  const mine = new AbortController();
  current = mine;
  set({ reading: { name, url, sent: null } });
  const tell = (sent) => current === mine && set({ reading: { name, url, sent } });
  try {
    await take(mine.signal, tell);
  } catch (error) {
    // Of what was given up only a defect is worth a word.
    if (current === mine || error.status === undefined) showError(error);
  } finally {
    if (current === mine) {
      current = null;
      set({ reading: null });
    }
  }
}

/** Gives up what is on its way, if anything is. */
export function stopArrival() {
  current?.abort();
  current = null;
  if (get("reading")) set({ reading: null });
}
