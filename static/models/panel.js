/** The models and what is beside them: which are here, what they take, fetching, verifying and letting them go. */

import { debounced, h, icon, keyed } from "../base/dom.js";
import { t } from "../base/language.js";
import { openPanel } from "../base/overlays.js";
import { get, sortedModels, watch } from "../base/store.js";
import { createDisk } from "./disk.js";
import { createImport } from "./import_panel.js";
import { makeRow, updateRow } from "./row.js";

export function openModels() {
  openPanel(t("Models"), (body) => {
    const list = h("ul", { class: "models" });
    const extras = h("ul", { class: "models", "aria-labelledby": "extras-title" });
    const offline =
      get("server").offline &&
      h(
        "p",
        { class: "notice" },
        icon("offline"),
        t("VideoAi was started offline. To download models, start it without that option."),
      );
    body.append(
      h(
        "p",
        { class: "lead" },
        t("You download a model once, and it stays on this computer. Nothing of yours is sent."),
      ),
      offline || "",
      list,
      h("h3", { id: "extras-title" }, t("Extras")),
      h("p", { class: "lead" }, t("Small files beside the models. Download those you want.")),
      extras,
    );
    const id = (row) => row.id;
    const { local } = get("server");
    const adding = local && createImport();
    const disk = local && createDisk();
    if (local) body.append(...adding.elements, ...disk.elements);
    const stops = [
      ...(local ? [adding.unwatch, watch(["models", "extras"], debounced(disk.show, 300))] : []),
      watch(["models"], () => keyed(list, sortedModels(), id, () => makeRow("h3"), updateRow)),
      watch(["extras"], () => keyed(extras, get("extras"), id, () => makeRow("h4"), updateRow)),
    ];
    return () => {
      for (const stop of stops) stop();
    };
  });
}
