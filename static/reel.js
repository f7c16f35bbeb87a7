/** A sprite of all frames side by side, played: the preview of a clip that is not a video yet, or a thumbnail. */

import { setStyle, wantsLessMotion } from "./dom.js";

/** Resolves when the picture at `url` can be shown without a flash; rejects if it cannot be read. */
export async function loaded(url) {
  const image = new Image();
  image.src = url;
  await image.decode();
  return url;
}

/** Shows frame `index` of `count` of the sprite at `url` in an element. */
export function showFrame(element, url, index, count) {
  setStyle(element, {
    "background-image": `url("${url}")`,
    "background-size": `${count * 100}% 100%`,
    "background-position": `${count > 1 ? (100 * index) / (count - 1) : 0}% 0`,
  });
}

/** Plays sprites in an element: `show(url, frames, fps)` loads one and changes over to it, `stop()` rests. */
export function createReel(element) {
  let timer = 0;
  let index = 0;
  let wanted = null;
  const stop = () => {
    clearInterval(timer);
    timer = 0;
  };
  return {
    stop() {
      stop();
      wanted = null;
    },
    async show(url, frames, fps) {
      if (wanted === url) return;
      wanted = url;
      try {
        await loaded(url);
      } catch {
        return; // a newer one has taken its place on the server
      }
      if (wanted !== url) return;
      stop();
      const next = () => {
        index = (index + 1) % frames;
        showFrame(element, url, index, frames);
      };
      index = Math.min(index, frames - 1);
      showFrame(element, url, index, frames);
      if (!wantsLessMotion()) timer = setInterval(next, 1000 / fps);
    },
  };
}
