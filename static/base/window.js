/**
 * The program's own window around the page, if that is where it is shown. It tells the page things; the page has no way to
 * tell it anything, and needs none.
 */

/** Whether this is the program's own window (`videoai app`), and no browser. */
export const inWindow = /\bVideoAiWindow\b/.test(navigator.userAgent);

/** Calls `take` with the files that the window was given: each comes in pieces, and then word that those were all. */
export function listenToWindow(take) {
  if (!inWindow) return;
  const given = new Map(); // by its number: {name, pieces}
  window.addEventListener("videoai:given", ({ detail }) => {
    if (detail.piece === undefined) {
      const files = [...given.values()].map(({ name, pieces }) => new File(pieces, name));
      given.clear();
      take(files);
      return;
    }
    const { number, name, piece } = detail;
    if (!given.has(number)) given.set(number, { name, pieces: [] });
    given.get(number).pieces.push(Uint8Array.from(atob(piece), (letter) => letter.charCodeAt(0)));
  });
  document.documentElement.dataset.takesFiles = "yes";
}
