/**
 * Where the crop of a new photo begins: at its subject, if the server is sure of one, and else in the middle. It is asked
 * for only where a crop cuts something off and nobody has chosen a point.
 */

import { api } from "../base/api.js";
import { get, set, watch } from "../base/store.js";
import { asked, resolved } from "../settings/current.js";

let sought = null; // the id of the photo whose subject is being asked for

export function suggestFocus() {
  watch(["photo", "settings", "resolved"], async () => {
    const photo = get("photo");
    if (!photo || photo.subject !== undefined || sought === photo.id || get("settings").values.focus) return;
    if (!cuts(photo, resolved())) return;
    sought = photo.id;
    const subject = await find(photo);
    if (sought === photo.id) sought = null; // it may come again
    if (get("photo")?.id === photo.id) set({ photo: { ...get("photo"), subject } });
  });
}

/** A photo that is not on the stage, with its subject if a video of it with these settings, in its shape, begins there. */
export async function withSubject(photo, settings) {
  const { settings: shown } = await api.resolve(asked(settings, photo));
  return cuts(photo, shown) ? { ...photo, subject: await find(photo) } : photo;
}

/** The point; null for the middle, which is no error. */
async function find({ id }) {
  const { focus } = await api.subject(id).catch(() => ({ focus: null }));
  return focus;
}

/** Whether the video shows less than the photo: more than its edge, which any rounding takes. */
function cuts(photo, { width, height, fit }) {
  const ratio = photo.width / photo.height / (width / height);
  return fit === "crop" && Math.max(ratio, 1 / ratio) > 1.02;
}
