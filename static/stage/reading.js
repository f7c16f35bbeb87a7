/** The stage while something is on its way: what it is, how much of it has been copied, and a way to stop it. */

import { button, h, setStyle, setText } from "../base/dom.js";
import { percent, t } from "../base/language.js";
import { announce } from "../base/overlays.js";
import { get, watch } from "../base/store.js";
import { stopArrival } from "./arrival.js";

/** What is said of a file of which a part has been sent to the server. */
export const copying = (name, part) => t("Copying {name}… {part}", { name, part: percent(part) });

export function createReading() {
  const image = h("img", { alt: "" });
  const words = h("p", { role: "status" });
  const fill = h("span", { class: "fill" });
  const bar = h(
    "div",
    {
      class: "reading-bar",
      role: "progressbar",
      "aria-label": t("Copied"),
      "aria-valuemin": "0",
      "aria-valuemax": "100",
    },
    fill,
  );
  const amount = h("span", { class: "figures", "aria-hidden": "true" });
  const stop = button(t("Stop"), () => giveUp(), { class: "quiet", "aria-keyshortcuts": "Escape" });
  const sent = h("div", { class: "reading-sent" }, bar, amount);
  const layer = h("div", { class: "reading" }, image, h("div", { class: "reading-words" }, words, sent, stop));
  watch(["reading"], () => {
    const reading = get("reading");
    if (!reading) return;
    const { name, url, sent: part } = reading;
    const isSending = part !== null && part < 1;
    image.hidden = !url;
    if (url && image.getAttribute("src") !== url) image.src = url;
    setText(words, isSending ? t("Copying {name}…", { name }) : t("Reading {name}…", { name }));
    sent.hidden = !isSending;
    if (!isSending) return;
    setText(amount, percent(part));
    setStyle(fill, { width: `${100 * part}%` });
    bar.setAttribute("aria-valuenow", String(Math.round(100 * part)));
  });
  return layer;
}

/** Stops it; what the stage showed before is there again. */
export function giveUp() {
  const { name } = get("reading");
  stopArrival();
  announce(t("Stopped: {name}", { name }));
}
