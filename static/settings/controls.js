/** One setting: a slider with its value and range, or a choice; each with its plain help. */

import { h, iconButton, setStyle, setText } from "../base/dom.js";
import { number, t } from "../base/language.js";
import { parameter, resolved, setValues } from "./current.js";

/** The help of a setting, shown by a small button beside its name. */
function helpFor(id, name, label) {
  const help = h("p", { class: "help", id: `${id}-help`, hidden: true }, `${parameter(name).help}.`);
  const toggle = iconButton(
    "info",
    t("About “{label}”", { label }),
    () => {
      help.hidden = !help.hidden;
      toggle.setAttribute("aria-expanded", String(!help.hidden));
    },
    { class: "tool small", "aria-expanded": "false", "aria-controls": help.id },
  );
  return { help, toggle };
}

/**
 * A slider for a number. `meaning(value, all)` says in a word what the value means; `fewest()` can raise or lower the
 * least value.
 */
export function slider(name, label, { meaning = () => "", digits = 0, step, fewest } = {}) {
  const { minimum, maximum, multiple, unit } = parameter(name);
  const id = `set-${name}`;
  const least = () => fewest?.() ?? minimum;
  const grain = step ?? multiple ?? 1;
  const { help, toggle } = helpFor(id, name, label);
  const range = h("input", { type: "range", id, step: String(grain), "aria-describedby": help.id });
  const typed = h("input", {
    type: "text",
    inputmode: digits ? "decimal" : "numeric",
    class: "value",
    "aria-label": t("{label}, as a number", { label }),
    autocomplete: "off",
    spellcheck: "false",
  });
  const means = h("span", { class: "hint-word" });
  const low = h("span", { class: "end" });
  const take = (value) => setValues({ [name]: value });
  range.addEventListener("input", () => take(Number(range.value)));
  typed.addEventListener("change", () => {
    const value = Number(typed.value.replace(",", ".").replace(/[^\d.]/g, ""));
    if (typed.value.trim() && Number.isFinite(value)) {
      const snapped = least() + Math.round((Math.min(maximum, Math.max(least(), value)) - least()) / grain) * grain;
      take(Number(snapped.toFixed(4)));
    }
    update(resolved());
  });
  typed.addEventListener("focus", () => typed.select());
  typed.addEventListener(
    "keydown",
    (event) => event.key === "Enter" && !event.metaKey && !event.ctrlKey && typed.blur(),
  );
  const update = (all) => {
    const value = all[name];
    range.min = String(least());
    range.max = String(maximum);
    range.value = String(value);
    setText(low, number(least(), digits, false));
    const words = meaning(value, all);
    range.setAttribute("aria-valuetext", [number(value, digits, false), unit, words].filter(Boolean).join(" "));
    setStyle(range, { "--fill": `${(100 * (value - least())) / (maximum - least())}%` });
    if (document.activeElement !== typed) typed.value = number(value, digits, false);
    setText(means, words);
  };
  const element = h(
    "div",
    { class: "setting" },
    h("div", { class: "setting-head" }, h("label", { for: id }, label), toggle, means, typed),
    h("div", { class: "track" }, low, range, h("span", { class: "end" }, number(maximum, digits, false))),
    help,
  );
  return { element, update };
}

/** A choice among a few words. `labels` are those that a person understands better than the word itself. */
export function select(name, label, labels) {
  const id = `set-${name}`;
  const { help, toggle } = helpFor(id, name, label);
  const options = parameter(name).choices.map((value) => h("option", { value }, labels[value] ?? value));
  const element = h(
    "select",
    { id, "aria-describedby": help.id, onchange: () => setValues({ [name]: element.value }) },
    options,
  );
  const update = (all) => {
    element.value = all[name];
  };
  return {
    element: h(
      "div",
      { class: "setting inline" },
      h("div", { class: "setting-head" }, h("label", { for: id }, label), toggle),
      element,
      help,
    ),
    update,
  };
}
