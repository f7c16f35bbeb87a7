/** Fields for a number, with a quiet word about what was none. */

import { h, setText } from "../base/dom.js";
import { number, t } from "../base/language.js";
import { numberIn } from "./numbers.js";

const LASTS = 6000; // ms that a word about a number stays

/** Where a control says what became of a number that was typed. */
export function createNote() {
  const element = h("p", { class: "note", role: "status" });
  let timer = 0;
  const say = (text) => {
    clearTimeout(timer);
    setText(element, text);
    if (text) timer = setTimeout(say, LASTS, "");
  };
  return { element, say };
}

/**
 * A field for a number, beside a slider or alone. What is typed is given to `take` as a number within the limits, as null
 * where the field is empty, or as undefined where it is no number; `note` says what was wrong with it.
 */
export function createNumberField(properties, { row, range, note, take }) {
  const typed = { whole: row.kind.startsWith("whole"), unit: row.unit };
  const field = h("input", { type: "text", class: "value", autocomplete: "off", spellcheck: "false", ...properties });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.metaKey && !event.ctrlKey) field.blur();
  });
  field.addEventListener("focus", () => field.select());
  field.addEventListener("input", () => note.say(""));
  field.addEventListener("change", () => {
    const text = field.value.trim();
    const value = numberIn(text, typed);
    if (value === null) {
      note.say(text && t("“{text}” is not a number: nothing has changed.", { text: shortened(text) }));
      take(text ? undefined : null);
      return;
    }
    const { minimum, maximum } = range();
    const inside = Math.min(maximum, Math.max(minimum, value));
    const allowed = { from: number(minimum, 2, false), to: number(maximum, 2, false) };
    note.say(inside === value ? "" : t("It can be from {from} to {to}.", allowed));
    take(inside);
  });
  return field;
}

const shortened = (text) => (text.length > 16 ? `${text.slice(0, 15)}…` : text);
