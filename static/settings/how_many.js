/** How many variations the next press of Generate makes: the small end of its button. */

import { h, icon, setText } from "../base/dom.js";
import { number, t } from "../base/language.js";
import { get, set, watch } from "../base/store.js";
import { missing } from "./missing.js";

const COUNTS = [1, 2, 3, 4, 6, 9];

/** The system's own list, on a phone its wheel, under a face that has room for a number. */
export function createHowMany() {
  const label = (count) => (count === 1 ? t("One video") : t("{n} variations", { n: number(count) }));
  const list = h(
    "select",
    {
      id: "how-many",
      "aria-label": t("How many variations, each with the next seed"),
      title: t("How many variations, each with the next seed"),
      onchange: () => set({ settings: { ...get("settings"), count: Number(list.value) } }),
    },
    COUNTS.map((count) => h("option", { value: String(count) }, label(count))),
  );
  const words = h("span", {});
  const root = h("span", { class: "how-many" }, h("span", { "aria-hidden": "true" }, icon("stack"), words), list);
  watch(["settings", "photo", "resolved", "estimate", "models", "extras"], () => {
    const { count } = get("settings");
    list.value = String(count);
    setText(words, `×${number(count)}`);
    root.hidden = !get("photo") || missing().length > 0;
  });
  return root;
}
