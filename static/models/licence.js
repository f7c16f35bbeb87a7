/** The licence of a model or an extra. */

import { h, icon } from "../base/dom.js";
import { t } from "../base/language.js";

/** To where the licence of a model or an extra can be read. */
export function licenceLink(row, kind, label = t("Licence: {name}", { name: row.licence })) {
  return h(
    "a",
    {
      class: `button ${kind}`,
      href: row.licence_url,
      target: "_blank",
      rel: "noopener noreferrer",
      title: row.licence ?? "",
    },
    icon("link"),
    h("span", {}, label),
    h("span", { class: "sr" }, t("(opens the internet)")),
  );
}
