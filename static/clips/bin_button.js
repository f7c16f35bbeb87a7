/** The way into the bin, below the shelf. */

import { button, setText } from "../base/dom.js";
import { bytes, number, t } from "../base/language.js";
import { openBin } from "../base/parts.js";
import { get, watch } from "../base/store.js";

/** "Bin · 3 clips · 12 MB", where there are any. */
export function createBinButton() {
  const element = button("", openBin, { class: "quiet bin-button", name: "trash" });
  watch(["bin"], () => {
    const { count, bytes: size } = get("bin");
    element.hidden = count === 0;
    const clips = count === 1 ? t("1 clip") : t("{n} clips", { n: number(count) });
    setText(element.lastElementChild, [t("Bin"), clips, bytes(size)].join(" · "));
  });
  return element;
}
