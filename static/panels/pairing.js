/** The way in that a phone sees: the code is typed, or was scanned. */

import { api } from "../base/api.js";
import { h, icon, setText } from "../base/dom.js";
import { t } from "../base/language.js";

/** What a device sees before it is paired; a code that was scanned is tried at once. */
export function createPairing(scanned) {
  const field = h("input", {
    type: "text",
    id: "pair-code",
    inputmode: "numeric",
    autocomplete: "one-time-code",
    maxlength: "9",
    required: true,
    "aria-describedby": "pair-problem",
  });
  const problem = h("p", { id: "pair-problem", role: "alert" });
  const pair = h("button", { type: "submit", class: "button solid" }, h("span", {}, t("Pair")));
  const send = async (code) => {
    if (!navigator.cookieEnabled) {
      setText(
        problem,
        t("This browser blocks cookies, so it can't stay paired. Allow them for this page and try again."),
      );
      return; // the code is right once
    }
    pair.disabled = true;
    setText(problem, "");
    try {
      await api.pair(code, ownName());
      location.reload();
    } catch (error) {
      setText(problem, [error.message, error.hint].join(" "));
      field.select();
    } finally {
      pair.disabled = false;
    }
  };
  const submit = (event) => {
    event.preventDefault();
    send(field.value);
  };
  const view = h(
    "div",
    { class: "wait pairing", role: "main" },
    icon("phone"),
    h("h2", {}, t("Pair this device")),
    h("p", {}, t("On the computer, choose “Open on my phone”. Type the code it shows, or scan the QR code.")),
    h(
      "form",
      { class: "row", onsubmit: submit },
      h("label", { for: "pair-code", class: "sr" }, t("Code")),
      field,
      pair,
    ),
    problem,
  );
  if (scanned) {
    field.value = scanned;
    send(scanned);
  }
  return view;
}

/** An iPad says that it is a Mac; for all others the server knows a name. */
const ownName = () => (/Macintosh/.test(navigator.userAgent) && navigator.maxTouchPoints > 1 ? "iPad" : null);
