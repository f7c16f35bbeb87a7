/** What may leave this computer, and deleting all that was made on it. */

import { api } from "./api.js";
import { ask, tell } from "./dialog.js";
import { button, h, icon } from "./dom.js";
import { number } from "./format.js";
import { get } from "./store.js";
import { complain } from "./toast.js";
import { t } from "./words.js";

/** Beside the name, while the server refuses every connection to elsewhere itself. */
export function offlineBadge() {
  const { offline, message } = get("settings").privacy;
  return offline ? h("span", { class: "offline", title: message }, icon("lock"), h("span", { class: "wide-only" }, t("Offline"))) : "";
}

/** A part of the options. Only the computer itself may delete everything, no phone. */
export function privacyPart() {
  const { local, privacy } = get("settings");
  return h(
    "div",
    { class: "phone-part" },
    h("p", { class: "notice" }, icon("lock"), t("Network: {use}.", { use: privacy.message })),
    local &&
      h("div", { class: "row" }, button(t("Delete everything…"), deleteEverything, { class: "quiet", name: "trash" })),
  );
}

async function deleteEverything() {
  const sure = await ask(
    t("Delete everything?"),
    t("All videos made here, their photos and the history. There is no way back; models stay."),
    t("Delete everything"),
  );
  if (!sure) return;
  try {
    const { videos, kept } = await api.forget();
    const words = kept.length
      ? t("Videos that were changed since stay: {names}", { names: kept.join(", ") })
      : t("Videos: {n}. Nothing is kept.", { n: number(videos) });
    await tell(t("Deleted"), words);
    location.replace("/");
  } catch (error) {
    complain(error);
  }
}
