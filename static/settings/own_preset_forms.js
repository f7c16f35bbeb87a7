/** The questions about your own presets: kept under a name, and renamed, replaced or deleted afterwards. */

import { api } from "../base/api.js";
import { button, h, setText } from "../base/dom.js";
import { number, size, t } from "../base/language.js";
import { lay } from "../base/layers.js";
import { ask, showError, toast } from "../base/overlays.js";
import { get, model, putPresets, set } from "../base/store.js";
import { asked, preset, resolved, withPreset } from "./current.js";
import { hasSomethingToKeep, own } from "./own_presets.js";

const same = (one, other) => one.normalize().trim().toLowerCase() === other.normalize().trim().toLowerCase();
const named = (name) => own().find((each) => same(each.name, name));

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

export function openPresetKeep() {
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

export function openPresetChange(called) {
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
  const say = (words) => {
    setText(wrong, words);
    name.focus();
  };
  const showWrong = (error) => {
    if (error.status === undefined) throw error; // a defect of the page
    say([error.message, error.hint].filter(Boolean).join(" "));
  };
  const form = h(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        if (name.value.trim()) submit();
        else say(t("A preset needs a name."));
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
  const close = () => {
    dialog.close();
    return true;
  };
  document.body.append(dialog);
  dialog.showModal();
  const gone = lay(close);
  dialog.addEventListener("close", () => {
    gone();
    dialog.remove();
  });
  name.focus();
  return { name, close, showWrong };
}
