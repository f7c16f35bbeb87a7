/** Fields for a number: what people type, in whatever way they write numbers, and a quiet word where it is none. */

import { h, setText } from "../base/dom.js";
import { number, t } from "../base/language.js";

/** The digit that a letter is in its script: "٣" is 3. */
function digitOf(letter) {
  const code = letter.codePointAt(0);
  let value = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - value - 1))) value += 1;
  return value;
}

/**
 * The number in a text, or null. Comma and point both begin the decimals, unless they can only part thousands; `whole`
 * says that there are no decimals, so that "1.024" and "1,024" are one thousand and more. The unit may stand behind.
 */
export function numberIn(text, { whole = false, unit = "" } = {}) {
  const plain = text
    .normalize("NFKC")
    .replace(/[^\d\P{Nd}]/gu, digitOf)
    .replace(/[\s'’_٬]/g, "")
    .replace("٫", ".")
    .replace("−", "-");
  const bare = unit && plain.endsWith(unit) ? plain.slice(0, -unit.length) : plain;
  const [, sign, digits, power] = /^([-+]?)([\d.,]*\d[\d.,]*)(e[-+]?\d+)?$/i.exec(bare) ?? [];
  const value = digits === undefined ? Number.NaN : Number(sign + withPoint(digits, whole) + (power ?? ""));
  return Number.isNaN(value) ? null : value;
}

/** The digits with a point before the decimals and nothing else, or "?" where that cannot be said. */
function withPoint(digits, whole) {
  const marks = digits.replace(/\d/g, "");
  const last = marks.at(-1);
  const inThousands = /^\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*$/.test(digits);
  if (inThousands && (whole || marks.length > 1)) return digits.replaceAll(last, "");
  if (marks.indexOf(last) !== marks.length - 1) return "?";
  return [...digits]
    .filter((each) => each === last || /\d/.test(each))
    .join("")
    .replace(last, ".");
}

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
