/** What is around a photo or a clip: the settings and what they would take, the row of tools, and the handles that trim. */

import { createTrim } from "./finishing/trim.js";
import { keepEstimating } from "./settings/estimates.js";
import { createSettingsPanel } from "./settings/panel.js";
import { createToolbar } from "./stage/toolbar.js";

export function createWorkbench(player) {
  createTrim(player);
  createToolbar(player);
  createSettingsPanel();
  keepEstimating();
}
