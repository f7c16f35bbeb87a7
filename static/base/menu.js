/** A button that unfolds a list; it folds again when it is left, or has been answered. */

import { h, icon } from "./dom.js";

/** `face` is the summary that unfolds it. */
export function createMenu(kind, face, entries) {
  const menu = h("details", { class: `menu ${kind}` }, face, h("div", { class: "menu-list" }, entries));
  menu.addEventListener("click", (event) => {
    if (!face.contains(event.target)) menu.open = false;
  });
  menu.addEventListener("focusout", (event) => {
    if (!menu.contains(event.relatedTarget)) menu.open = false;
  });
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    face.focus();
  });
  return menu;
}

/** An entry: what it is called, and below that, if it does not go without saying, what it does. */
export function menuEntry(name, label, act, what = "") {
  return h("button", { type: "button", onclick: act }, icon(name), entryWords(label, what));
}

/** The same for something that is fetched from an address. */
export function menuLink(name, label, href, what = "") {
  return h("a", { href, download: true }, icon(name), entryWords(label, what));
}

const entryWords = (label, what) =>
  h("span", { class: "menu-words" }, h("span", {}, label), what && h("span", { class: "hint" }, what));
