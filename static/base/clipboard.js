/** The clipboard. */

import { h } from "./dom.js";

/** Copies a text, also where the page came over plain http and the browser has no clipboard for it. */
export async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  const area = h("textarea", { class: "sr", readOnly: true }, text);
  // In an open dialog, as nothing outside of one can be selected.
  (document.querySelector("dialog[open]") ?? document.body).append(area);
  area.value = text;
  area.select();
  document.execCommand("copy");
  area.remove();
}
