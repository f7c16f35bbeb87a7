/** What lies over the page: panels at the side, on a phone from below; questions; and short messages. */

import { button, byId, h, icon, iconButton } from "./dom.js";
import { t } from "./language.js";
import { lay } from "./layers.js";

const panels = new Map(); // those that are open: the title → what closes it

/**
 * Opens a panel with a title, unless it is open already, as when a model is dropped on the models; what `fill(body)`
 * returns, if anything, is called when it closes.
 */
export function openPanel(title, fill, { class: kind = "" } = {}) {
  if (panels.has(title)) return panels.get(title);
  const body = h("div", { class: "panel-body" });
  const close = () => {
    ended();
    panel.close();
  };
  const ended = () => {
    if (panels.get(title) === close) panels.delete(title);
    gone();
  };
  const head = h(
    "div",
    { class: "panel-head" },
    h("h2", { id: "panel-title" }, title),
    iconButton("close", t("Close"), close),
  );
  const panel = h("dialog", { class: `panel ${kind}`, "aria-labelledby": "panel-title" }, head, body);
  const emptied = fill(body, close);
  panel.addEventListener("close", () => {
    ended();
    emptied?.();
    const under = [...document.querySelectorAll("dialog.panel[open]")].at(-1) ?? document.body;
    under.append(byId("messages")); // one panel may follow another
    panel.remove();
  });
  panel.addEventListener("click", (event) => event.target === panel && close());
  document.body.append(panel);
  panel.append(byId("messages")); // whatever is outside of an open dialog can be neither seen nor heard
  panel.showModal();
  const gone = lay(close);
  panels.set(title, close);
  return close;
}

/** A question with two answers; resolves to whether it was answered with yes. */
export async function ask(question, explanation, yes) {
  return (await choose(question, explanation, [t("Cancel"), yes])) === 1;
}

/** Something to be read before going on; resolves once it was. */
export async function tell(title, explanation) {
  await choose(title, explanation, [t("OK")]);
}

/** A question with several answers, the last of which is what most will want; resolves to the index of one, or -1. */
export function choose(title, explanation, answers) {
  return new Promise((resolve) => {
    let chosen = -1;
    const close = () => {
      gone();
      box.remove();
      resolve(chosen);
    };
    const end = (index) => {
      chosen = index;
      box.close();
    };
    const make = (words, index) => {
      const last = index === answers.length - 1;
      return h(
        "button",
        { type: "button", class: `button ${last ? "solid" : "quiet"}`, onclick: () => end(index) },
        words,
      );
    };
    const box = h(
      "dialog",
      { class: "question", "aria-labelledby": "question-title", onclose: close },
      h("h2", { id: "question-title" }, title),
      h("p", {}, explanation),
      h("div", { class: "row end answers" }, answers.map(make)),
    );
    document.body.append(box);
    box.showModal();
    const gone = lay(() => box.close());
  });
}

const LASTS = 6000; // ms
const LASTS_WITH_BUTTON = 30_000; // who finds it by ear or by Tab needs longer than who sees it
const LEAST = 1500; // once it was read

const shown = new Map(); // what a message says → how it is said again
const latest = new Map(); // what a message is about → what closes it
const unanswered = new Set(); // the messages which say that the server does not answer

/**
 * A message that goes by itself, but not while the pointer or the focus is on it. An `action` ({label, act}) is its button,
 * which stays until what `act` does is done; `gone` is called if that was not used. What is said again while it is shown
 * is counted; what is said of the same thing (`about`) later takes its place, as it may no longer be so. What it returns, if
 * that is new, can close it before.
 */
export function toast(message, { about, action, gone, kind = "info", hint = "" } = {}) {
  const said = hint ? `${message} ${hint}` : message;
  latest.get(about)?.();
  if (!action && shown.has(said)) {
    shown.get(said)();
    return null;
  }
  let count = 1;
  let timer = 0;
  const lasts = (action ? LASTS_WITH_BUTTON : LASTS) + (kind === "error" ? 60 * said.length : 0);
  const holds = new Set(); // of "pointer" and "focus", what is on it
  let left = lasts;
  let since = 0;
  const close = (used) => {
    clearTimeout(timer);
    if (!element.isConnected) return;
    element.remove();
    if (!action) shown.delete(said);
    if (!used) gone?.();
  };
  const run = () => {
    since = Date.now();
    timer = setTimeout(close, left);
  };
  // Who reads or aims at the button is not hurried.
  const hold = (by) => () => {
    if (!holds.size) {
      clearTimeout(timer);
      left = Math.max(LEAST, left - (Date.now() - since));
    }
    holds.add(by);
  };
  const release = (by) => () => holds.delete(by) && !holds.size && run();
  // The button has the focus until it is clear where that goes.
  let pressed = false;
  const use = async () => {
    if (pressed) return;
    pressed = true;
    clearTimeout(timer);
    try {
      await action.act();
    } finally {
      close(true);
    }
  };
  const times = h("span", { class: "times" });
  const element = h(
    "div",
    {
      class: `toast ${kind}`,
      onpointerenter: hold("pointer"),
      onpointerleave: release("pointer"),
      onfocusin: hold("focus"),
      onfocusout: release("focus"),
    },
    kind === "error" && icon("warn"),
    h("p", {}, message, times, hint && h("span", { class: "hint" }, hint)),
    action && button(action.label, use, { class: "quiet" }),
    iconButton("close", t("Close"), () => close(false)),
  );
  byId("toasts").append(element);
  byId(kind === "error" ? "alert" : "live").textContent = said;
  if (!action)
    shown.set(said, () => {
      count += 1;
      times.textContent = ` ×${count}`;
      clearTimeout(timer);
      left = lasts;
      if (!holds.size) run();
    });
  run();
  const before = () => close(true);
  if (about) latest.set(about, before);
  return { close: before };
}

/** What went wrong, in the server's words or ours. */
export function showError(error) {
  if (error.name === "AbortError") return;
  if (error.status === undefined) throw error; // a defect of the page, for the console
  const said = toast(error.message, { kind: "error", hint: error.hint });
  if (said && error.code === "gone") unanswered.add(said);
}

/** The server answers again: what says that it does not is no longer true. */
export function closeUnanswered() {
  for (const said of unanswered) said.close();
  unanswered.clear();
}

/** Said to screen readers only. */
export function announce(text) {
  byId("live").textContent = text;
}
