/** Whether a video fits into memory: one word for each level, wherever it is said. */

import { t } from "../base/language.js";

/** The word for an estimate. */
export const verdict = ({ level }) => ({ green: t("fits"), yellow: t("just fits"), red: t("does not fit") })[level];
