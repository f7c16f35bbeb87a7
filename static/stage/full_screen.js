/**
 * The clip over the whole screen. The page itself is what fills it, and shows the stage alone: so the filmstrip, the
 * buttons, panels and messages stay in reach. An iPhone has this for a video only, with controls of its own.
 */

const root = document.documentElement;

/** Calls `act` whenever it begins or ends, also by the system's own key. */
export function onFullScreen(act) {
  for (const name of ["fullscreenchange", "webkitfullscreenchange"]) document.addEventListener(name, act);
}

export const isFull = () => Boolean(document.fullscreenElement ?? document.webkitFullscreenElement);

/** Whether there is any way to it here. */
export const canBeFull = (video) =>
  Boolean(document.fullscreenEnabled || document.webkitFullscreenEnabled || video.webkitEnterFullscreen);

/** Begins or ends it; a browser that refuses leaves all as it is. */
export async function toggleFull(video) {
  try {
    if (isFull()) await (document.exitFullscreen ?? document.webkitExitFullscreen).call(document);
    else if (document.fullscreenEnabled || document.webkitFullscreenEnabled)
      await (root.requestFullscreen ?? root.webkitRequestFullscreen).call(root);
    else video.webkitEnterFullscreen();
  } catch (error) {
    if (!(error instanceof TypeError) && error.name !== "InvalidStateError") throw error;
  }
}
