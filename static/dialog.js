/** Panels over the page: at the side on a wide window, from below on a phone. */

import { byId, h, iconButton } from "./dom.js";
import { t } from "./words.js";

/** Opens a panel with a title; what `fill(body)` returns, if anything, is called when it closes. */
export function openPanel(title, fill, { class: kind = "" } = {}) {
  const body = h("div", { class: "panel-body" });
  const close = () => panel.close();
  const head = h("div", { class: "panel-head" }, h("h2", { id: "panel-title" }, title), iconButton("close", t("Close"), close));
  const panel = h("dialog", { class: `panel ${kind}`, "aria-labelledby": "panel-title" }, head, body);
  const emptied = fill(body, close);
  panel.addEventListener("close", () => {
    emptied?.();
    document.body.append(byId("voice"));
    panel.remove();
  });
  panel.addEventListener("click", (event) => event.target === panel && close());
  document.body.append(panel);
  panel.append(byId("voice")); // whatever is outside of an open dialog can be neither seen nor heard
  panel.showModal();
  return close;
}

/** A question with two answers; resolves to whether it was answered with yes. */
export function ask(question, explanation, yes) {
  return choose(question, explanation, [t("Cancel"), yes]);
}

/** Something to be read before going on; resolves once it was. */
export function tell(title, explanation) {
  return choose(title, explanation, [t("OK")]);
}

/** Resolves to whether the last of the answers was chosen. */
function choose(title, explanation, answers) {
  return new Promise((resolve) => {
    let chosen = false;
    const end = (last) => {
      chosen = last;
      box.close();
    };
    const make = (words, index) => {
      const last = index === answers.length - 1;
      return h("button", { type: "button", class: `button ${last ? "solid" : "quiet"}`, onclick: () => end(last) }, words);
    };
    const box = h(
      "dialog",
      { class: "ask", "aria-labelledby": "ask-title", onclose: () => (box.remove(), resolve(chosen)) },
      h("h2", { id: "ask-title" }, title),
      h("p", {}, explanation),
      h("div", { class: "row end" }, answers.map(make)),
    );
    document.body.append(box);
    box.showModal();
  });
}
