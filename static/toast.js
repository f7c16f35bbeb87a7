/** Short messages at the lower edge, and what is only said to screen readers. */

import { button, byId, h, icon, iconButton } from "./dom.js";
import { t } from "./words.js";

const LASTS = 6000; // ms

/** A message that goes by itself. An `action` ({label, act}) is its button; `gone` is called if that was not used. */
export function toast(message, { action, gone, kind = "info", hint = "" } = {}) {
  let timer = 0;
  let left = kind === "error" ? LASTS + 60 * (message.length + hint.length) : LASTS;
  let since = 0;
  const close = (used) => {
    clearTimeout(timer);
    element.remove();
    if (!used) gone?.();
  };
  const run = () => {
    since = Date.now();
    timer = setTimeout(close, left);
  };
  // Who reads or aims at the button is not hurried.
  const pause = () => {
    clearTimeout(timer);
    left = Math.max(1500, left - (Date.now() - since));
  };
  const use = () => {
    action.act();
    close(true);
  };
  const element = h(
    "div",
    { class: `toast ${kind}`, onpointerenter: pause, onpointerleave: run, onfocusin: pause, onfocusout: run },
    kind === "error" && icon("warn"),
    h("p", {}, message, hint && h("span", { class: "hint" }, hint)),
    action && button(action.label, use, { class: "quiet" }),
    iconButton("close", t("Close"), () => close(false)),
  );
  byId("toasts").append(element);
  byId(kind === "error" ? "alert" : "live").textContent = hint ? `${message} ${hint}` : message;
  run();
  return { close, element };
}

/** What went wrong, in the server's words or ours. */
export function complain(error) {
  if (error.name === "AbortError") return;
  if (error.status === undefined) throw error; // a defect of the page, for the console
  toast(error.message, { kind: "error", hint: error.hint });
}

/** Said to screen readers only. */
export function announce(text) {
  byId("live").textContent = text;
}
