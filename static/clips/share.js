/** A clip handed to another app, as phones do it: messages, photos, mail. */

import { ApiError, address } from "../base/api.js";
import { t } from "../base/language.js";
import { showError, toast } from "../base/overlays.js";

/** Whether this browser hands files on. On a page that came over plain http from another machine none does. */
export const canShare = Boolean(navigator.canShare?.({ files: [new File(["x"], "clip.mp4", { type: "video/mp4" })] }));

/** Fetches the video and opens the system's own list of apps. */
export async function share(job) {
  try {
    const answer = await fetch(address(`/api/jobs/${job.id}/video.mp4`));
    if (!answer.ok) throw new ApiError(answer.status, "no_video", t("The video is missing"));
    const name = job.file?.name ?? "video.mp4";
    await hand(new File([await answer.blob()], name, { type: "video/mp4" }));
  } catch (error) {
    showError(error);
  }
}

async function hand(file) {
  try {
    await navigator.share({ files: [file] });
  } catch (error) {
    // The tap was too long ago, as the video took its time: one more does it. Who closes the list has changed his mind.
    if (error.name === "NotAllowedError")
      toast(t("The video is ready to share."), { action: { label: t("Share"), act: () => hand(file) } });
    else if (error.name !== "AbortError") toast(t("This browser could not share the video."), { kind: "error" });
  }
}
