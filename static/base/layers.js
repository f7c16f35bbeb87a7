/** What lies over the page, the last one on top: a panel, a question, a phone's settings. Back closes it, as Escape does. */

const layers = [];
let tell = () => {};

/** Says that something lies over the page now, and what closes it; returns what says that it is gone, however it went. */
export function lay(close) {
  const layer = { close };
  layers.push(layer);
  tell();
  return () => {
    const place = layers.indexOf(layer);
    if (place < 0) return;
    layers.splice(place, 1);
    tell();
  };
}

/** How many lie there. */
export const depth = () => layers.length;

/** Closes those on top until no more than these are left. */
export function closeDownTo(count) {
  while (layers.length > count) layers.pop().close();
}

/** Calls `act` whenever one comes or goes by itself. */
export function watchLayers(act) {
  tell = act;
}
