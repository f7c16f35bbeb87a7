/** Language, the sign at the end, and the keys. */

import { openPanel } from "./dialog.js";
import { h, isPhone } from "./dom.js";
import { notices, sound } from "./notice.js";
import { privacyPart } from "./privacy.js";
import { get } from "./store.js";
import { toast } from "./toast.js";
import { language, speak, t } from "./words.js";

const NAMES = { en: "English", it: "Italiano" };

export function openOptions() {
  openPanel(t("Options"), (body) => {
    body.append(
      languages(),
      h("h3", {}, t("When a video is ready")),
      soundSwitch(),
      noticeSwitch(),
      h("h3", {}, t("Privacy")),
      privacyPart(),
      ...(isPhone() ? [] : [h("h3", {}, t("Keys")), keys()]),
      h(
        "p",
        { class: "hint-line" },
        t("VideoAi {version}. Everything happens on this computer; nothing leaves it.", {
          version: get("settings").version,
        }),
      ),
    );
  });
}

function languages() {
  const choice = (tag) =>
    h(
      "button",
      { type: "button", lang: tag, "aria-pressed": String(tag === language), onclick: () => speak(tag) },
      NAMES[tag],
    );
  return h(
    "div",
    { class: "segments wide", role: "group", "aria-label": t("Language") },
    Object.keys(NAMES).map(choice),
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
  return h("div", { class: "field inline" }, h("div", { class: "field-head" }, h("label", { for: id }, label)), box);
}

const soundSwitch = () => toggle("sound", t("Play a sound"), sound.on, (box) => sound.set(box.checked));

function noticeSwitch() {
  if (!notices.possible) return "";
  return toggle("notices", t("Show a notice"), notices.on, async (box) => {
    const wanted = box.checked;
    box.checked = await notices.set(wanted);
    if (wanted && !box.checked)
      toast(t("The browser does not allow notices from this page."), {
        hint: t("Its settings for this page can change that."),
      });
  });
}

/** What the keys do; keys.js does it. */
function keys() {
  const mac = /Mac|iPhone|iPad/.test(navigator.platform);
  const rows = [
    [mac ? "⌘ ↩" : "Ctrl + Enter", t("Generate")],
    ["O", t("Choose a photo")],
    [t("Space"), t("Play or pause")],
    ["← →", t("One frame back or on")],
    ["L", t("Loop")],
    ["C", t("Compare with the photo")],
    ["V", t("Photo or clip")],
    ["[ ]", t("The clip before or after, on the shelf")],
    ["R", t("Remix")],
    [t("Delete key"), t("Delete the clip, with a way back")],
    ["/", t("Search your clips")],
    ["M", t("Models")],
    ["?", t("These keys")],
    ["Esc", t("Close, or back to the photo")],
  ];
  return h(
    "dl",
    { class: "keys" },
    rows.map(([key, does]) => h("div", {}, h("dt", {}, h("kbd", {}, key)), h("dd", {}, does))),
  );
}
