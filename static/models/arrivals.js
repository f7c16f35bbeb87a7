/** What becomes of the models while the page is open. */

import { t } from "../base/language.js";
import { toast } from "../base/overlays.js";
import { get, isInstalled, model, modelsAndExtras, nameOf, set, watch } from "../base/store.js";

/** What has just arrived, or was found to be right, is worth a word; the draft that stood in for a model steps back. */
export function watchModels() {
  const known = () => new Map(modelsAndExtras().map((row) => [row.id, row]));
  let before = known();
  watch(["models", "extras"], () => {
    const main = get("server").default_model;
    for (const row of modelsAndExtras()) {
      const old = before.get(row.id);
      if (!old || !isInstalled(row)) continue;
      const verified = old.progress?.state === "verifying" && !row.progress;
      if (isInstalled(old) && verified) toast(t("{model} is right, to the last byte.", { model: nameOf(row) }));
      if (isInstalled(old)) continue;
      toast(t("{model} is ready.", { model: nameOf(row) }));
      const { values } = get("settings");
      if (row.id === main && model(values.model)?.state === "built in") {
        const { model: _, ...others } = values;
        set({ settings: { ...get("settings"), values: others } });
      }
    }
    before = known();
  });
}
