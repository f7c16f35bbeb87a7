/** What is around a photo or a clip: the settings, the row of tools, and the handles that trim. The way in does without. */

import { createTrim } from "./finishing/trim.js";
import { createSettingsPanel } from "./settings/panel.js";
import { createToolbar } from "./stage/toolbar.js";

export function createWorkbench(player) {
  createTrim(player);
  createToolbar(player);
  createSettingsPanel();
}
