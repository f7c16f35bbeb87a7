/**
 * The control of one setting, made of its row of the server's table: a slider with its value, a choice, a switch, two
 * numbers; each with its plain help, and with what the value means.
 */

import { h, iconButton, setStyle, setText } from "../base/dom.js";
import { number, t } from "../base/language.js";
import { get, model } from "../base/store.js";
import { resolved, setOption, setValues } from "./current.js";

const MADE_BY = {
  whole: slider,
  number: slider,
  whole_or_off: optional,
  choice: select,
  flag: toggle,
  span: pair,
};

/** The element, and how to bring it up to date. A kind that the panel has no control for gives null. */
export function createControl(row) {
  const make = MADE_BY[row.kind];
  if (!make) return null;
  const option = get("server").options.some(({ name }) => name === row.name);
  const set = (value) => (option ? setOption(row.name, value) : setValues({ [row.name]: value }));
  const read = () => (option ? (get("settings").options[row.name] ?? row.default) : resolved()[row.name]);
  const parts = partsOf(row);
  const { element, show } = make(row, parts, set, read);
  const update = () => {
    const used = isUsed(row);
    const fixed = isFixed(row);
    element.classList.toggle("unused", !used || fixed);
    const meaning = get("resolved").hints[row.name] ?? ((fixed && row.labels?.[read()]) || "");
    setText(parts.hint, used ? meaning : t("not used by this model"));
    show(read());
  };
  return { element, update };
}

/** Whether the chosen model uses a parameter. */
function isUsed({ name }) {
  const uses = model(resolved().model)?.parameters;
  return !uses || uses.includes(name) || !(name in resolved());
}

/** The range of a row with the chosen model, beside the other settings. */
function rangeOf(row) {
  const limits = Object.entries(get("resolved").limits[row.name] ?? {}).filter(([, value]) => value !== null);
  return { ...row, ...model(resolved().model)?.ranges?.[row.name], ...Object.fromEntries(limits) };
}

/** Whether it can only be what it is. */
function isFixed(row) {
  const { minimum, maximum, choices } = rangeOf(row);
  const value = resolved()[row.name];
  return choices ? choices.length === 1 && choices[0] === value : minimum === maximum && minimum === value;
}

/** What every control has: an id, its name, its help behind a small button, and a place for what the value means. */
function partsOf({ name, label, help: words }) {
  const id = `set-${name}`;
  const hint = h("span", { class: "hint-word" });
  const help = h("p", { class: "help", id: `${id}-help`, hidden: true }, `${words}.`);
  const info = iconButton(
    "info",
    t("About “{label}”", { label }),
    () => {
      help.hidden = !help.hidden;
      info.setAttribute("aria-expanded", String(!help.hidden));
    },
    { class: "tool small", "aria-expanded": "false", "aria-controls": help.id },
  );
  return { id, help, hint, info, label: h("label", { for: id }, label) };
}

/** A control beside its name. */
function inline({ help, hint, info, label }, control) {
  return h("div", { class: "setting inline" }, h("div", { class: "setting-head" }, label, info, hint), control, help);
}

function decimals(step) {
  return String(step).split(".")[1]?.length ?? 0;
}

/** The number in a text, or null; a comma is a decimal point too. */
function numberIn(text) {
  const value = Number(text.replace(",", ".").replace(/[^\d.]/g, ""));
  return text.trim() && Number.isFinite(value) ? value : null;
}

/** A field for a number, beside a slider or alone. */
function numberField(properties) {
  const field = h("input", {
    type: "text",
    class: "value",
    autocomplete: "off",
    spellcheck: "false",
    ...properties,
  });
  const leave = (event) => event.key === "Enter" && !event.metaKey && !event.ctrlKey && field.blur();
  field.addEventListener("keydown", leave);
  field.addEventListener("focus", () => field.select());
  return field;
}

function slider(row, { id, help, hint, info, label }, set, read) {
  const digits = decimals(row.step);
  const words = (value) => number(value, digits, false);
  const range = h("input", { type: "range", id, step: String(row.step), "aria-describedby": help.id });
  const field = numberField({
    inputmode: digits ? "decimal" : "numeric",
    "aria-label": t("{label}, as a number", { label: row.label }),
  });
  const [low, high] = [h("span", { class: "end" }), h("span", { class: "end" })];
  range.addEventListener("input", () => set(Number(range.value)));
  field.addEventListener("change", () => {
    const { minimum, maximum, step } = rangeOf(row);
    const value = numberIn(field.value);
    if (value !== null) {
      const inside = Math.min(maximum, Math.max(minimum, value));
      set(Number((minimum + Math.round((inside - minimum) / step) * step).toFixed(4)));
    }
    show(read());
  });
  const show = (value) => {
    const { minimum, maximum, unit } = rangeOf(row);
    Object.assign(range, { min: String(minimum), max: String(maximum), value: String(value) });
    setText(low, words(minimum));
    setText(high, words(maximum));
    range.setAttribute("aria-valuetext", [words(value), unit, hint.textContent].filter(Boolean).join(" "));
    setStyle(range, { "--fill": `${(100 * (value - minimum)) / (maximum - minimum)}%` });
    if (document.activeElement !== field) field.value = words(value);
  };
  const element = h(
    "div",
    { class: "setting" },
    h("div", { class: "setting-head" }, label, info, hint, field),
    h("div", { class: "track" }, low, range, high),
    help,
  );
  return { element, show };
}

function select(row, parts, set) {
  const control = h("select", {
    id: parts.id,
    "aria-describedby": parts.help.id,
    onchange: () => set(control.value),
  });
  let listed = "";
  const show = (value) => {
    // What is chosen stays in the list though it may not be: the server's word says why it may not.
    const choices = row.choices.filter((each) => each === value || rangeOf(row).choices.includes(each));
    if (listed !== choices.join()) {
      listed = choices.join();
      control.replaceChildren(...choices.map((each) => h("option", { value: each }, row.labels?.[each] ?? each)));
    }
    control.value = value;
  };
  return { element: inline(parts, control), show };
}

function toggle(_, parts, set) {
  const control = h("input", {
    type: "checkbox",
    role: "switch",
    id: parts.id,
    "aria-describedby": parts.help.id,
    onchange: () => set(control.checked),
  });
  const show = (value) => {
    control.checked = value;
  };
  return { element: inline(parts, control), show };
}

/** A whole number, or off when the field is empty; the values that have a hint are offered. */
function optional(row, parts, set, read) {
  const offered = h(
    "datalist",
    { id: `${parts.id}-offered` },
    row.hints.slice(1).map(({ from, text }) => h("option", { value: String(from), label: text })),
  );
  const field = numberField({
    id: parts.id,
    inputmode: "numeric",
    list: offered.id,
    placeholder: t("off"),
    "aria-describedby": parts.help.id,
    onchange: () => {
      const value = numberIn(field.value);
      const { minimum, maximum } = rangeOf(row);
      set(value === null ? undefined : Math.min(maximum, Math.max(minimum, Math.round(value))));
      show(read());
    },
  });
  const show = (value) => {
    if (document.activeElement !== field) field.value = value === null ? "" : number(value, 0, false);
  };
  return { element: inline(parts, h("span", { class: "pair" }, field, offered)), show };
}

/** From one number to another, or off. */
function pair(row, parts, set) {
  const field = (properties) =>
    numberField({ inputmode: "decimal", placeholder: t("off"), onchange: () => take(), ...properties });
  const low = field({ id: parts.id, "aria-describedby": parts.help.id, "aria-label": t("{label}, from", row) });
  const high = field({ "aria-label": t("{label}, to", row) });
  const take = () => {
    const inside = (value) => value && Math.min(row.maximum, Math.max(row.minimum, value));
    const [from, to] = [inside(numberIn(low.value)), inside(numberIn(high.value))];
    if (from === null && to === null) set(undefined);
    else if (from !== null && to !== null && from < to) set([from, to]);
  };
  const show = (span) => {
    if ([low, high].includes(document.activeElement)) return;
    const [from, to] = span ?? [null, null];
    low.value = from === null ? "" : number(from, 2, false);
    high.value = to === null ? "" : number(to, 2, false);
  };
  const control = h("span", { class: "pair" }, low, h("span", { "aria-hidden": "true" }, "–"), high);
  return { element: inline(parts, control), show };
}
