/** What people mean by a number, in whatever way and script they write it. */

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
