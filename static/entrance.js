/** Who comes in with a link: the owner by its token, a phone by the code of the picture that it scanned. */

import { api } from "./base/api.js";
import { takeFromHash } from "./base/storage.js";

/** The code stands behind the “#”, which is never sent, and not for long. */
export const scanned = takeFromHash("code");

/** The owner's secret, in the link that --open opens, becomes a cookie before anything is asked for. */
export async function enterAsOwner() {
  const token = takeFromHash("token");
  if (!token) return;
  await api.enter(token).catch(() => {}); // who it does not know is told so by all else
}
