/**
 * Parts of the page that come from the server when they are needed first: what is opened over it, and what is around a
 * photo or a clip. The way in is there the sooner. Where each comes from is app.js's to say, which knows them all.
 */

import { ApiError, notThere } from "./api.js";
import { t } from "./language.js";
import { showError } from "./overlays.js";

let sources = {}; // the name of a function → what brings the module that has it

export function comeFrom(given) {
  sources = given;
}

export const askForSeveral = brought("askForSeveral");
export const createWorkbench = brought("createWorkbench");
export const openBin = brought("openBin");
export const openCompare = brought("openCompare");
export const openDetails = brought("openDetails");
export const openFinish = brought("openFinish");
export const openModels = brought("openModels");
export const openOptions = brought("openOptions");
export const openPhone = brought("openPhone");
export const openPresetChange = brought("openPresetChange");
export const openPresetKeep = brought("openPresetKeep");
export const openQueue = brought("openQueue");

/**
 * A function that has to be brought first; it resolves to whether it was, and says what was in the way. Called again while
 * it is on its way, it is the same press of a button.
 */
function brought(name) {
  let isComing = false;
  return async (...given) => {
    if (isComing) return false;
    isComing = true;
    const module = await sources[name]().catch(sayWhy);
    isComing = false;
    module?.[name](...given);
    return Boolean(module);
  };
}

/** What does not arrive is a TypeError; what arrives and does not suit the rest is of another version. */
function sayWhy(error) {
  const isGone = error instanceof TypeError;
  if (!isGone) reportError(error); // for the console
  showError(isGone ? notThere() : outdated());
}

const outdated = () =>
  new ApiError(0, "outdated", t("VideoAi was updated while this page was open."), t("Reload the page."));
