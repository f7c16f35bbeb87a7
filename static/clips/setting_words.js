/** The settings that a clip was made with, as the panel would say them. */

import { number, t } from "../base/language.js";
import { get, model } from "../base/store.js";

const BY_THEMSELVES = ["width", "height"]; // the size of the clip says them

/** The rows of the table of parameters that are to be told of a clip. */
export const toldRows = () => get("server").parameters.filter(({ name }) => !BY_THEMSELVES.includes(name));

/** A setting of a clip; undefined where its model does not use it, or nothing is known of it. */
export function settingOf({ name }, { settings }) {
  const uses = model(settings.model)?.parameters;
  if (!(name in settings)) return undefined; // as of a clip that was not made here
  const used = name === "model" || name === "seed" || !uses || uses.includes(name);
  return used ? settings[name] : undefined;
}

/** A value as the panel would say it. */
export function wordsFor({ name, kind, labels, unit }, value) {
  if (value === undefined) return t("not used");
  if (value === null) return t("off");
  if (name === "model") return model(value)?.title ?? value;
  if (labels?.[value]) return labels[value];
  if (kind === "directed")
    return value
      .split(":")
      .map((word) => labels[word] ?? word)
      .join(", ");
  if (kind === "flag") return value ? t("on") : t("off");
  if (Array.isArray(value)) return value.map((each) => number(each, 3)).join(" – ");
  const words = typeof value === "number" ? number(value, 3, false) : String(value);
  return unit ? `${words} ${unit}` : words;
}
