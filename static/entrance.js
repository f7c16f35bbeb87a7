/** Who comes in with a link: the owner by its token, a phone by the code of the picture that it scanned. */

import { api } from "./base/api.js";
import { takeFromHash } from "./base/storage.js";

/** The code stands behind the “#”, which is never sent, and not for long. */
export const scanned = takeFromHash("code");

let token = takeFromHash("token");

/**
 * The owner's secret, in the link that --open opens, becomes a cookie before anything is asked for. While nobody answers
 * it is kept, as it is in the address no longer; then this raises why.
 */
export async function enterAsOwner() {
  if (!token) return;
  try {
    await api.enter(token);
  } catch (error) {
    if (!error.status) throw error; // who is not known is told so by all else
  }
  token = null;
}
