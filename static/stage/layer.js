/** Which layer of the stage is seen. */

import { byId } from "../base/dom.js";

/** "empty", "reading", "crop", "developing" or "player"; the stylesheets do the rest. */
export function showLayer(name) {
  for (const element of [byId("stage"), document.body]) element.dataset.layer = name;
}
