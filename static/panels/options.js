/** Language, the sign at the end, the keys, what may leave this computer, and deleting all that was made on it. */

import { api } from "../base/api.js";
import { button, h, icon, PHONE } from "../base/dom.js";
import { language, number, setLanguage, t } from "../base/language.js";
import { ask, openPanel, showError, tell, toast } from "../base/overlays.js";
import { openBin } from "../base/parts.js";
import { get } from "../base/store.js";
import { notices, sound } from "../clips/notifications.js";

const NAMES = { en: "English", it: "Italiano" };

export function openOptions() {
  openPanel(t("Options"), (body, close) => {
    body.append(
      languages(),
      h("h3", {}, t("When a video is ready")),
      soundSwitch(),
      noticeSwitch(),
      h("h3", {}, t("Privacy")),
      privacyPart(close),
      ...(PHONE.matches ? [] : [h("h3", {}, t("Keyboard shortcuts")), keys()]),
      h(
        "p",
        { class: "hint-line" },
        t("VideoAi {version}. Everything happens on this computer; nothing leaves it.", {
          version: get("server").version,
        }),
      ),
    );
  });
}

function languages() {
  const languageButton = (tag) =>
    h(
      "button",
      { type: "button", lang: tag, "aria-pressed": String(tag === language), onclick: () => setLanguage(tag) },
      NAMES[tag],
    );
  return h(
    "div",
    { class: "segments wide", role: "group", "aria-label": t("Language") },
    Object.keys(NAMES).map(languageButton),
  );
}

function toggle(id, label, on, onchange, properties = {}) {
  const box = h("input", {
    type: "checkbox",
    role: "switch",
    id,
    checked: on,
    onchange: () => onchange(box),
    ...properties,
  });
  return h(
    "div",
    { class: "setting inline" },
    h("div", { class: "setting-head" }, h("label", { for: id }, label)),
    box,
  );
}

const soundSwitch = () => toggle("sound", t("Play a sound"), sound.on, (box) => sound.set(box.checked));

function noticeSwitch() {
  if (!notices.possible) return "";
  return toggle("notices", t("Show a notification"), notices.on, async (box) => {
    const wanted = box.checked;
    box.checked = await notices.set(wanted);
    if (wanted && !box.checked)
      toast(t("Your browser does not allow notifications from this page."), {
        hint: t("You can change this in the browser's settings for this page."),
      });
  });
}

/** What the keys do; keyboard.js does it. */
function keys() {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const rows = [
    [mac ? "⌘ ↩" : "Ctrl + Enter", t("Generate")],
    ["O", t("Choose a photo")],
    [mac ? "⌘ Z" : "Ctrl + Z", t("Undo a change of the settings")],
    [mac ? "⇧ ⌘ Z" : "Ctrl + Shift + Z", t("Redo it")],
    [t("Space"), t("Play or pause")],
    ["← →", t("Previous or next frame")],
    ["L", t("Loop")],
    ["C", t("Compare with the photo")],
    [mac ? "⇧ F" : "Shift + F", t("Full screen; or click the video twice")],
    ["V", t("Photo or video")],
    ["[ ]", t("Previous or next clip")],
    ["R", t("Remix")],
    ["F", t("Favourite")],
    ["F2", t("Rename")],
    [t("Delete key"), t("Delete the clip (you can undo it)")],
    ["/", t("Search your clips")],
    ["M", t("Models")],
    ["?", t("Show these shortcuts")],
    ["Esc", t("Close, or go back to the photo")],
  ];
  return h(
    "dl",
    { class: "keys" },
    rows.map(([key, does]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, does))),
  );
}

/** A part of the options. Only the computer itself may delete everything, no phone. */
function privacyPart(close) {
  const { local, privacy } = get("server");
  const toBin = () => {
    close();
    openBin();
  };
  return h(
    "div",
    { class: "phone-part" },
    h("p", { class: "notice" }, icon("lock"), t("Network: {use}.", { use: privacy.message })),
    h(
      "div",
      { class: "row" },
      button(t("Bin"), toBin, { class: "quiet" }),
      local && button(t("Delete everything…"), deleteEverything, { class: "quiet", name: "trash" }),
    ),
  );
}

async function deleteEverything() {
  const sure = await ask(
    t("Delete everything?"),
    t("This deletes all your videos, their photos and the history. You can't undo it. Models stay."),
    t("Delete everything"),
  );
  if (!sure) return;
  try {
    const { videos, kept } = await api.forget();
    const words = kept.length
      ? t("Videos that have changed since are kept: {names}", { names: kept.join(", ") })
      : t("Videos: {n}. Nothing is left.", { n: number(videos) });
    await tell(t("Deleted"), words);
    location.replace("/");
  } catch (error) {
    showError(error);
  }
}
