/**
 * Your own presets: the settings chosen now are kept under a name, on the computer, so that every browser and phone has
 * them. Each is a card like any other, with a button to rename, replace or delete it.
 */

import { api } from "../base/api.js";
import { button, h, iconButton, keyed, setText } from "../base/dom.js";
import { number, size, t } from "../base/language.js";
import { ask, showError, toast } from "../base/overlays.js";
import { get, model, putPresets, set, watch } from "../base/store.js";
import { asked, isPlainPreset, preset, resolved, suitsOnePhoto, withPreset } from "./current.js";
import { createUndo } from "./undo.js";

const own = () => get("server").presets.filter((each) => each.own);
const same = (one, other) => one.normalize().trim().toLowerCase() === other.normalize().trim().toLowerCase();
const named = (name) => own().find((each) => same(each.name, name));

/** The group of cards: `createCard` makes one of them, `changed` is the card of what has no name yet. */
export function createOwnPresets(createCard, changed) {
  const updates = new Map(); // name → what brings its card up to date
  const list = h("div", { class: "presets" });
  const title = h("p", { class: "presets-title", "aria-hidden": "true" }, t("Your own"));
  const keepButton = button(t("Keep as a preset…"), openKeep, { class: "quiet keep-preset", name: "bookmark" });
  const make = ({ name, title: words }) => {
    const { element, update } = createCard({ name, title: words, whole: false });
    updates.set(name, update);
    const change = iconButton("more", t("Change “{name}”", { name }), () => openChange(name), { class: "tool small" });
    return h("div", { class: "own-preset" }, element, change);
  };
  changed.element.dataset.key = ""; // no preset has this name
  const update = () => {
    keyed(
      list,
      [...own(), { name: "" }],
      (each) => each.name,
      (each) => (each.name ? make(each) : changed.element),
    );
    const names = own().map((each) => each.name);
    for (const name of updates.keys()) if (!names.includes(name)) updates.delete(name);
    changed.update();
    changed.element.hidden = changed.isOff();
    for (const act of updates.values()) act();
    const nothing = !names.length && changed.isOff();
    title.hidden = nothing;
    list.hidden = nothing;
    keepButton.hidden = !hasSomethingToKeep();
  };
  watch(["server", "settings"], staysAsItWas); // so that it is known what was chosen, too
  return { elements: [title, list, h("div", { class: "row preset-tools" }, keepButton, createUndo())], update };
}

/** Whether what is chosen departs from the presets in anything that a preset would have. */
function hasSomethingToKeep() {
  const { model: _, ...values } = get("settings").values;
  return !isPlainPreset() || Object.keys(values).some((name) => !suitsOnePhoto(name));
}

/** A preset that was chosen here and deleted elsewhere leaves its settings as they are, under no name. */
let last = null;
function staysAsItWas() {
  const settings = get("settings");
  const chosen = preset(settings.preset);
  if (chosen) last = chosen;
  else
    set({
      settings: { ...settings, preset: get("server").default_preset, values: { ...last.values, ...settings.values } },
    });
}

/** In a few words what is kept. */
function facts() {
  const { width, height, frames, model: id } = resolved();
  return [size(width, height), t("{n} frames", { n: number(frames) }), model(id)?.title ?? id].join(" · ");
}

/** Does it on the server, and takes up what presets there are then; whether it went well. */
async function change(act, showWrong) {
  try {
    await act();
    putPresets((await api.presets()).presets);
    return true;
  } catch (error) {
    showWrong(error);
    return false;
  }
}

/** Keeps what is chosen now under a name, and chooses it. */
async function keepAs(name, showWrong) {
  const before = named(name);
  let kept = null;
  const went = await change(async () => {
    kept = await api.keepPreset(name, asked(), Boolean(before));
  }, showWrong);
  if (went) choose(kept.name);
  return went;
}

/** The preset, with what suits this photo alone as it is. */
function choose(name) {
  const settings = get("settings");
  const { seed, focus, fit } = settings.values;
  const stays = Object.entries({ seed, focus, fit }).filter(([, value]) => value !== undefined);
  set({ settings: withPreset({ ...settings, values: Object.fromEntries(stays) }, name) });
}

function openKeep() {
  const note = h("p", { class: "hint-line" });
  const keepButton = button(t("Keep"), () => {}, { class: "solid", type: "submit" });
  const { name, close, showWrong } = openForm(t("Keep as a preset"), {
    before: [h("p", {}, facts())],
    after: [note],
    answers: [keepButton],
    submit: async () =>
      (await keepAs(name.value, showWrong)) && close() && toast(t("Kept: “{name}”", { name: name.value.trim() })),
  });
  const tell = () => {
    const there = named(name.value);
    setText(keepButton.firstElementChild, there ? t("Replace") : t("Keep"));
    setText(
      note,
      there
        ? t("You already have “{name}”: its settings will be replaced.", { name: there.name })
        : t("Seed, focal point and framing suit one photo alone and are not kept."),
    );
  };
  name.addEventListener("input", tell);
  tell();
}

function openChange(called) {
  const replace = button(t("Replace its settings…"), () => replaceIt(called, close, showWrong), {
    class: "quiet",
  });
  const drop = button(t("Delete"), () => close() && remove(called), { class: "quiet", name: "trash" });
  const { name, close, showWrong } = openForm(t("Change “{name}”", { name: called }), {
    before: [],
    after: [h("div", { class: "row" }, replace, drop)],
    answers: [button(t("Rename"), () => {}, { class: "solid", type: "submit" })],
    submit: async () => (await renameIt(called, name.value, showWrong)) && close(),
  });
  replace.hidden = get("settings").preset === called && !hasSomethingToKeep();
  name.value = called;
  name.select();
}

async function replaceIt(name, close, showWrong) {
  const sure = await ask(
    t("Replace “{name}”?", { name }),
    t("Its settings will be those chosen now: {facts}.", { facts: facts() }),
    t("Replace"),
  );
  if (sure && (await keepAs(name, showWrong)) && close()) toast(t("Kept: “{name}”", { name }));
}

async function renameIt(from, to, showWrong) {
  const wasChosen = get("settings").preset === from;
  let kept = null;
  const went = await change(async () => {
    kept = await api.renamePreset(from, to);
    const rows = get("server").presets.map((each) => (each.name === from ? kept : each));
    putPresets(rows); // it is at hand before anything else asks for it
    if (wasChosen) set({ settings: { ...get("settings"), preset: kept.name } });
  }, showWrong);
  return went;
}

/** Deletes it at once; undone, it is kept anew as it was, and chosen again if it was. */
async function remove(name) {
  const row = preset(name);
  const before = get("settings");
  if (!(await change(() => api.removePreset(name), showError))) return;
  const after = get("settings");
  const back = async () => {
    const [width, height] = row.sizes.landscape;
    const settings = { ...row.values, width, height };
    const went = await change(
      () => api.keepPreset(name, { preset: get("server").default_preset, settings }),
      showError,
    );
    if (went && get("settings") === after) set({ settings: before });
  };
  toast(t("Deleted: “{title}”", { title: name }), { action: { label: t("Undo"), act: back } });
}

/** A question with a field for a name. `showWrong` says below it why something cannot be. */
function openForm(title, { before, after, answers, submit }) {
  const name = h("input", {
    type: "text",
    id: "preset-name",
    autocomplete: "off",
    spellcheck: "false",
    maxlength: "40",
    required: true,
    "aria-describedby": "preset-wrong",
  });
  const wrong = h("p", { class: "wrong", id: "preset-wrong", role: "alert" });
  const showWrong = (error) => {
    if (error.status === undefined) throw error; // a defect of the page
    setText(wrong, [error.message, error.hint].filter(Boolean).join(" "));
    name.focus();
  };
  const form = h(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        submit();
      },
    },
    h("h2", { id: "preset-title" }, title),
    before,
    h("label", { for: name.id }, t("Name")),
    name,
    wrong,
    after,
    h(
      "div",
      { class: "row end" },
      button(t("Cancel"), () => close(), { class: "quiet" }),
      answers,
    ),
  );
  const dialog = h("dialog", { class: "question preset-form", "aria-labelledby": "preset-title" }, form);
  dialog.addEventListener("close", () => dialog.remove());
  const close = () => {
    dialog.close();
    return true;
  };
  document.body.append(dialog);
  dialog.showModal();
  name.focus();
  return { name, close, showWrong };
}
