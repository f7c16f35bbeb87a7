/**
 * Where the crop of a new photo begins: at its subject, if the server is sure of one, and else in the middle. It is asked
 * for only where a crop cuts something off and nobody has chosen a point.
 */

import { api } from "../base/api.js";
import { get, set, watch } from "../base/store.js";
import { resolved } from "../settings/current.js";

let asked = null; // the id of the photo whose subject was asked for last

export function suggestFocus() {
  watch(["photo", "settings", "resolved"], async () => {
    const photo = get("photo");
    if (!photo || photo.subject !== undefined || asked === photo.id || get("settings").values.focus) return;
    if (!cuts(photo, resolved())) return;
    asked = photo.id;
    const { focus } = await api.subject(photo.id).catch(() => ({ focus: null })); // the middle is no error
    if (get("photo")?.id === photo.id) set({ photo: { ...get("photo"), subject: focus } });
  });
}

/** Whether the video shows less than the photo: more than its edge, which any rounding takes. */
function cuts(photo, { width, height, fit }) {
  const ratio = photo.width / photo.height / (width / height);
  return fit === "crop" && Math.max(ratio, 1 / ratio) > 1.02;
}
