/** The page's beginning, once opening.js has what it is made of: the way in, and then all that main.js has. */

import { button, byId, h, icon } from "./base/dom.js";
import { t, translatePage } from "./base/language.js";
import { comeFrom } from "./base/parts.js";
import { hash } from "./base/storage.js";
import { scanned } from "./entrance.js";
import { createHeader } from "./header.js";
import { load } from "./opening.js";
import { keptPhoto } from "./settings/kept.js";
import { acceptDrops } from "./stage/drops.js";
import { showLayer } from "./stage/layer.js";
import { createWelcome } from "./stage/welcome.js";

const AGAIN = 3000; // ms, until the server is asked again

/** What comes from the server when it is needed first. */
const PARTS = {
  askForSeveral: () => import("./stage/several.js"),
  createWorkbench: () => import("./workbench.js"),
  openBin: () => import("./panels/bin.js"),
  openCompare: () => import("./compare/compare.js"),
  openDetails: () => import("./clips/details.js"),
  openFinish: () => import("./finishing/panel.js"),
  openModels: () => import("./models/panel.js"),
  openOptions: () => import("./panels/options.js"),
  openPhone: () => import("./panels/phone.js"),
  openPresetChange: () => import("./settings/own_preset_forms.js"),
  openPresetKeep: () => import("./settings/own_preset_forms.js"),
  openQueue: () => import("./clips/queue.js"),
};

/** Builds the page; resolves once it is there. `opened` resolves to why it cannot be built yet, or to nothing. */
export async function begin(opened) {
  let sayReady;
  const ready = new Promise((resolve) => {
    sayReady = resolve;
  });
  acceptDrops(ready); // before all else: what nobody takes, a browser leaves the page for
  if (hash() || keptPhoto()) bringAll();
  else showLayer("empty");
  const refused = await opened;
  translatePage();
  if (refused) await waitFor(refused);
  createWayIn();
  sayReady();
  await bringMain();
}

/** Who comes back to a photo or a clip needs all of it. What does not arrive is said when it is needed. */
function bringAll() {
  for (const coming of [import("./main.js"), import("./workbench.js")]) coming.catch(() => {});
}

/** Says why the page cannot be built yet, and asks the server again until it can. */
async function waitFor(refused) {
  const main = byId("main");
  const wait = h("div", { class: "wait", role: "alert" });
  let ask; // ends the pause before the next time
  let said = "";
  document.body.classList.add("waiting");
  main.inert = true;
  main.before(wait);
  for (let why = refused; why; why = await load()) {
    if (why.code === "unpaired") await pair(wait);
    if (why.message !== said) say(wait, why, () => ask());
    said = why.message;
    await new Promise((resolve) => {
      ask = resolve;
      setTimeout(resolve, AGAIN);
    });
  }
  wait.remove();
  main.inert = false;
  document.body.classList.remove("waiting");
}

function say(wait, { status, message, hint }, tryAgain) {
  wait.replaceChildren(
    icon(status === 401 ? "lock" : "offline"),
    h("h2", {}, message),
    h("p", {}, hint),
    button(t("Try again"), tryAgain, { class: "quiet" }),
  );
}

/** Goes no further: the page is loaded anew once it is paired. */
async function pair(wait) {
  const { createPairing } = await import("./panels/pairing.js");
  wait.replaceWith(createPairing(scanned));
  await new Promise(() => {});
}

/** The way in is at hand while the rest still comes. */
function createWayIn() {
  comeFrom(PARTS);
  createHeader();
  createWelcome();
  window.addEventListener("unpaired", () => location.reload(), { once: true }); // to pairing
}

async function bringMain() {
  const { createMain } = await import("./main.js");
  createMain();
}
