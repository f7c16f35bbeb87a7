/**
 * The control of one setting, made of its row of the server's table: a slider with its value, a choice, a switch, two
 * numbers; each with what it does to the picture and when to change it, and with what the value means.
 */

import { h, iconButton, setStyle, setText } from "../base/dom.js";
import { number, t } from "../base/language.js";
import { createSlider } from "../base/slider.js";
import { get, model } from "../base/store.js";
import { createCameraPad } from "./camera_pad.js";
import { resolved, setOption, setValues } from "./current.js";
import { createNote, createNumberField } from "./fields.js";

const MADE_BY = {
  whole: slider,
  number: slider,
  whole_or_off: optional,
  choice: select,
  flag: toggle,
  span: pair,
  directed: createCameraPad,
};

/**
 * What the controls set, here the next video: `read` and `set` a value by its row; `uses` says whether it counts,
 * `limits` what it may be beside the others, `meaning` what it means; `prefix` begins the ids.
 */
const NEXT_VIDEO = {
  prefix: "set",
  set: (row, value) => (isOption(row) ? setOption(row.name, value) : setValues({ [row.name]: value })),
  read: ({ name, default: plain }) =>
    isOption({ name }) ? (get("settings").options[name] ?? plain) : resolved()[name],
  uses({ name }) {
    const used = model(resolved().model)?.parameters;
    return !used || used.includes(name) || !(name in resolved());
  },
  limits: ({ name }) => ({ ...model(resolved().model)?.ranges?.[name], ...get("resolved").limits[name] }),
  meaning: ({ name }) => get("resolved").hints[name],
};

const isOption = ({ name }) => get("server").options.some((option) => option.name === name);

/**
 * The element, and how to bring it up to date; one that the model does not use is not seen. A kind that the panel has no
 * control for gives null.
 */
export function createControl(row, target = NEXT_VIDEO) {
  const make = MADE_BY[row.kind];
  if (!make) return null;
  const read = () => target.read(row);
  const parts = partsOf(row, target.prefix);
  const range = () => rangeOf(row, target);
  const { element, show } = make({ row, parts, read, range, set: (value) => target.set(row, value) });
  const update = () => {
    const value = read();
    const fixed = isFixed(range(), value);
    element.hidden = !target.uses(row);
    element.classList.toggle("fixed", fixed);
    setText(parts.hint, target.meaning(row) ?? (fixed ? plainly(row, value) : unitOf(row, value)));
    show(value);
  };
  return { element, update };
}

/** The range of a row beside the other settings. */
function rangeOf(row, target) {
  const limits = Object.entries(target.limits(row)).filter(([, value]) => value !== null);
  return { ...row, ...Object.fromEntries(limits) };
}

/** Whether it can only be what it is. */
function isFixed({ minimum, maximum, choices }, value) {
  return choices ? choices.length === 1 && choices[0] === value : minimum === maximum && minimum === value;
}

/** A value that cannot be another one, in words. */
const plainly = ({ labels, unit }, value) =>
  labels?.[value] ?? (typeof value === "number" ? [number(value, 2), unit].filter(Boolean).join(" ") : "");

/** In what a number is counted, where nothing else is said of it. */
const unitOf = ({ unit }, value) => (typeof value === "number" || Array.isArray(value) ? (unit ?? "") : "");

/** What every control has: an id, its name, its help, and places for what the value means and what became of it. */
function partsOf(row, prefix) {
  const id = `${prefix}-${row.name}`;
  const hint = h("span", { class: "hint-word" });
  return { id, hint, note: createNote(), ...createHelp(row, id), label: h("label", { for: id }, row.label) };
}

/** What a row teaches, behind a small button. */
export function createHelp({ label, guide, help: line }, id) {
  const help = h("p", { class: "help", id: `${id}-help`, hidden: true }, guide || `${line}.`);
  const info = iconButton(
    "info",
    t("About “{label}”", { label }),
    () => {
      help.hidden = !help.hidden;
      info.setAttribute("aria-expanded", String(!help.hidden));
    },
    { class: "tool small", "aria-expanded": "false", "aria-controls": help.id },
  );
  return { help, info };
}

/** A control beside its name. */
function inline({ help, hint, info, label, note }, control) {
  const head = h("div", { class: "setting-head" }, label, info, hint);
  return h("div", { class: "setting inline" }, head, control, note.element, help);
}

function decimals(step) {
  return String(step).split(".")[1]?.length ?? 0;
}

function slider({ row, parts: { id, help, hint, info, label, note }, range: allowed, set, read }) {
  const digits = decimals(row.step);
  const words = (value) => number(value, digits, false);
  const range = h("input", { type: "range", id, step: String(row.step), "aria-describedby": help.id });
  const take = (value) => {
    const { minimum, step } = allowed();
    if (typeof value === "number") set(Number((minimum + Math.round((value - minimum) / step) * step).toFixed(4)));
    field.value = words(read());
  };
  const field = createNumberField(
    { inputmode: digits ? "decimal" : "numeric", "aria-label": t("{label}, as a number", { label: row.label }) },
    { row, range: allowed, note, take },
  );
  const [low, high] = [h("span", { class: "end" }), h("span", { class: "end" })];
  range.addEventListener("input", () => set(Number(range.value)));
  const show = (value) => {
    const { minimum, maximum, unit } = allowed();
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
    h("div", { class: "track" }, low, createSlider(range), high),
    note.element,
    help,
  );
  return { element, show };
}

function select({ row, parts, range, set }) {
  const control = h("select", {
    id: parts.id,
    "aria-describedby": parts.help.id,
    onchange: () => set(control.value),
  });
  let listed = "";
  const show = (value) => {
    // What is chosen stays in the list though it may not be: the server's word says why it may not.
    const choices = row.choices.filter((each) => each === value || range().choices.includes(each));
    if (listed !== choices.join()) {
      listed = choices.join();
      control.replaceChildren(...choices.map((each) => h("option", { value: each }, row.labels?.[each] ?? each)));
    }
    control.value = value;
  };
  return { element: inline(parts, control), show };
}

function toggle({ parts, set }) {
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
function optional({ row, parts, range, set, read }) {
  const offered = h(
    "datalist",
    { id: `${parts.id}-offered` },
    row.hints.slice(1).map(({ from, text }) => h("option", { value: String(from), label: text })),
  );
  const words = (value) => (value === null ? "" : number(value, 0, false));
  const take = (value) => {
    if (value !== undefined) set(value === null ? undefined : Math.round(value));
    field.value = words(read());
  };
  const field = createNumberField(
    {
      id: parts.id,
      inputmode: "numeric",
      list: offered.id,
      placeholder: t("off"),
      "aria-describedby": parts.help.id,
    },
    { row, range, note: parts.note, take },
  );
  const show = (value) => {
    if (document.activeElement !== field) field.value = words(value);
  };
  return { element: inline(parts, h("span", { class: "pair" }, field, offered)), show };
}

/** From one number to another, or off. */
function pair({ row, parts, range, set }) {
  const ends = [null, null];
  const field = (index, properties) =>
    createNumberField(
      { inputmode: "decimal", placeholder: t("off"), ...properties },
      { row, range, note: parts.note, take: (value) => take(index, value) },
    );
  const low = field(0, { id: parts.id, "aria-describedby": parts.help.id, "aria-label": t("{label}, from", row) });
  const high = field(1, { "aria-label": t("{label}, to", row) });
  const write = () => {
    for (const [index, each] of [low, high].entries())
      each.value = ends[index] === null ? "" : number(ends[index], 2, false);
  };
  const take = (index, value) => {
    if (value !== undefined) ends[index] = value;
    write();
    const [from, to] = ends;
    if (from === null && to === null) set(undefined);
    else if (from === null || to === null) return;
    else if (from < to) set([from, to]);
    else parts.note.say(t("The first number must be the smaller one."));
  };
  let shown = null;
  const show = (span) => {
    // One end alone is only half of what is being typed: it stays until there is a span.
    const now = JSON.stringify(span ?? null);
    if (now === shown || [low, high].includes(document.activeElement)) return;
    shown = now;
    [ends[0], ends[1]] = span ?? [null, null];
    write();
  };
  const control = h("span", { class: "pair" }, low, h("span", { "aria-hidden": "true" }, "–"), high);
  return { element: inline(parts, control), show };
}
