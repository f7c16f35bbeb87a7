/** Over the settings while a clip is on the stage: whether they are that clip's, or only those of the next video. */

import { button, h, setText } from "../base/dom.js";
import { t } from "../base/language.js";
import { get, jobOnStage, watch } from "../base/store.js";
import { hasOtherPhoto, useSettings } from "../clips/again.js";
import { isOurs } from "../clips/clip.js";
import { settingOf, toldRows } from "../clips/setting_words.js";
import { resolved } from "./current.js";

export function createNextVideo() {
  const words = h("span", {});
  const use = button(t("Use its settings"), take, { class: "quiet" });
  const root = h("div", { class: "next-video" }, h("p", {}, h("strong", {}, t("For the next video")), words), use);
  watch(["view", "jobId", "jobs", "settings", "resolved"], () => {
    const job = get("settings") ? jobOnStage() : null;
    root.hidden = !job;
    if (!job) return;
    const same = isOurs(job) && isAsChosen(job);
    setText(words, same ? t("The same settings as this clip's.") : t("Not this clip's settings."));
    use.hidden = same || !isOurs(job);
  });
  return root;
}

/** For the photo that is there, if there is another one; else with the clip's own. */
function take() {
  const job = jobOnStage();
  useSettings(job, { keepSeed: true, ownPhoto: !hasOtherPhoto(job) });
}

/** Whether the next video would be made with what the clip was made with, but for the seed. */
function isAsChosen(job) {
  const next = { settings: resolved() };
  const rows = [...toldRows().filter(({ name }) => name !== "seed"), { name: "width" }, { name: "height" }];
  return rows.every((row) => {
    const [one, other] = [settingOf(row, job), settingOf(row, next)];
    return JSON.stringify(one ?? null) === JSON.stringify(other ?? null);
  });
}
