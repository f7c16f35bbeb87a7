/** “About this clip”: what it was made with and what that took, to be read, copied, and used again. */

import { copy } from "../base/clipboard.js";
import { button, h, icon, iconButton } from "../base/dom.js";
import { bytes, clipDuration, dateTime, duration, number, size, t } from "../base/language.js";
import { openPanel, showError, toast } from "../base/overlays.js";
import { get, model } from "../base/store.js";
import { departuresOf, preset } from "../settings/current.js";
import { hasOtherPhoto, remix, useSettings, vary } from "./again.js";
import { clipOf, isOurs } from "./clip.js";
import { settingOf, toldRows, wordsFor } from "./setting_words.js";

const AMONG_FACTS = ["model", "seed"];

export function openDetails(job) {
  openPanel(
    t("About this clip"),
    (body, close) => {
      const facts = factsOf(job);
      const made = h("div", { class: "made-with" });
      let told = [];
      const show = (changed) => {
        const groups = settingsOf(job, changed);
        told = groups.flatMap(({ rows }) => rows);
        made.replaceChildren(
          ...groups.flatMap(({ title, rows, marked }) => [h("h3", {}, title), listOf(rows, marked ? "marked" : "")]),
        );
      };
      const copyAll = async () => {
        await copy(asText(job, [...facts, ...told]));
        toast(t("Copied: everything about “{title}”", { title: job.title }));
      };
      body.append(
        isOurs(job)
          ? createUse(job, close)
          : h("p", { class: "lead" }, t("This clip wasn't made here: only what the file itself says is known.")),
        h("h3", {}, t("The clip")),
        listOf(facts),
        made,
        notesOf(job),
        h("div", { class: "row" }, button(t("Copy as text"), copyAll, { name: "copy", class: "quiet" })),
      );
      show([]);
      if (isOurs(job)) departuresOf(job.settings, job.preset).then(show).catch(showError);
    },
    { class: "details" },
  );
}

/** Rows of {label, value, seed?}, as a list. */
function listOf(rows, kind = "") {
  const rowOf = ({ label, value, copied }) =>
    h(
      "div",
      {},
      h("dt", {}, label),
      h("dd", {}, value, copied !== undefined && iconButton("copy", t("Copy the seed"), () => copySeed(copied))),
    );
  return h("dl", { class: `fact-list ${kind}` }, rows.map(rowOf));
}

async function copySeed(seed) {
  await copy(String(seed));
  toast(t("Copied: {seed}", { seed }));
}

/** What it is, and what making it took; what is not known is left out. */
function factsOf(job) {
  const { settings, file, peak_bytes: peak, video } = job;
  const { width, height, frames, fps } = { ...clipOf(job), ...video };
  const stages = stagesOf(job);
  const total = Object.values(job.seconds ?? {}).reduce((sum, value) => sum + value, 0);
  const ours = isOurs(job);
  return [
    ours && { label: t("Model"), value: model(settings.model)?.title ?? settings.model },
    ours && preset(job.preset) && { label: t("Preset"), value: preset(job.preset).label },
    ours && { label: t("Seed"), value: String(settings.seed), copied: settings.seed },
    { label: ours ? t("Photo") : t("Name"), value: job.title },
    { label: t("Size"), value: size(width, height) },
    {
      label: t("Length"),
      value: [
        clipDuration(frames / fps),
        t("{n} frames", { n: number(frames) }),
        t("{n} a second", { n: number(fps, 2) }),
      ].join(" · "),
    },
    { label: t("Added"), value: dateTime(job.created) },
    total > 0 && { label: t("Made in"), value: [duration(total), stages && `(${stages})`].filter(Boolean).join(" ") },
    peak && { label: t("Memory"), value: t("{amount} at most", { amount: bytes(peak) }) },
    file && { label: t("File"), value: `${file.name} · ${bytes(file.bytes)}` },
  ].filter(Boolean);
}

/** "Denoising 3 min · Decoding 12 s": each stage that took a second or more, where there are several. */
function stagesOf({ seconds }) {
  const { stages } = get("server");
  const long = Object.entries(seconds ?? {}).filter(([, value]) => value >= 1);
  if (long.length < 2) return "";
  const titleOf = (stage) => stages.find(({ name }) => name === stage)?.title ?? stage;
  return long.map(([stage, value]) => `${titleOf(stage)} ${duration(value)}`).join(" · ");
}

/** Its settings: what departs from the preset first, then the others. Of a clip not made here, how it was finished. */
function settingsOf(job, changed) {
  const rows = toldRows()
    .filter((row) => !AMONG_FACTS.includes(row.name) && settingOf(row, job) !== undefined)
    .map((row) => ({ name: row.name, label: row.label, value: wordsFor(row, settingOf(row, job)) }));
  const apart = rows.filter(({ name }) => changed.includes(name));
  const usual = rows.filter(({ name }) => !changed.includes(name));
  const name = preset(job.preset)?.label;
  return [
    {
      title: name ? t("Changed from “{preset}”", { preset: name }) : t("Changed from the usual"),
      rows: apart,
      marked: true,
    },
    { title: apart.length ? t("All other settings") : t("Settings"), rows: usual },
  ].filter((group) => group.rows.length);
}

/** What was said while it was made. */
function notesOf({ notices }) {
  if (!notices?.length) return "";
  return h(
    "ul",
    { class: "notes" },
    notices.map((notice) => h("li", {}, icon("info"), h("span", {}, notice))),
  );
}

function asText(job, rows) {
  return [job.title, ...rows.map(({ label, value }) => `${label}: ${value}`)].join("\n");
}

/** What can be made of the same settings, each with what it does. */
function createUse(job, close) {
  const other = hasOtherPhoto(job);
  const seed = h("input", { type: "checkbox", role: "switch", id: "use-seed", checked: true });
  const own = h("input", { type: "checkbox", role: "switch", id: "use-photo", checked: !other });
  const line = (id, label, box) =>
    h("div", { class: "setting inline" }, h("div", { class: "setting-head" }, h("label", { for: id }, label)), box);
  const then = (act) => async () => {
    close();
    await act();
  };
  const use = then(() => useSettings(job, { keepSeed: seed.checked, ownPhoto: own.checked }));
  const way = (label, act, what) =>
    h("p", { class: "use-way" }, button(label, act, { class: "quiet" }), h("span", {}, what));
  return h(
    "div",
    { class: "use" },
    button(t("Use these settings"), use, { name: "remix", class: "solid" }),
    line("use-seed", t("Keep its seed: the same movement again"), seed),
    other && line("use-photo", t("With its photo, instead of the one that is there"), own),
    way(
      t("Remix"),
      then(() => remix(job)),
      t("Its photo and settings with a new seed, for you to change first."),
    ),
    way(
      t("Vary"),
      then(() => vary(job)),
      t("Makes it again at once: all the same, but a new seed."),
    ),
  );
}
