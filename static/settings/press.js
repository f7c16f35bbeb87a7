/** Pressing Generate, by its button or by a key. */

import { get } from "../base/store.js";
import { generate } from "../clips/actions.js";
import { pickFile } from "../stage/upload.js";
import { downloadNext, missing } from "./missing.js";

/** What the large button does, and Ctrl+Enter where nothing has to be downloaded. */
export function pressGenerate() {
  if (!get("photo")) pickFile();
  else if (missing().length) downloadNext();
  else generate({ force: get("estimate")?.fits === false });
}
