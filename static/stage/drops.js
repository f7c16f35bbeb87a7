/** The ways in without a button: what is dropped anywhere, and what is pasted. Whatever it is, it gets an answer. */

import { byId } from "../base/dom.js";
import { t } from "../base/language.js";
import { showError, toast } from "../base/overlays.js";
import { listenToWindow } from "../base/window.js";
import { cannotBeOpened, filesIn } from "./files.js";
import { openFiles } from "./upload.js";

const ADDRESS = /^\s*[a-z][a-z\d+.-]*:\S+\s*$/i;
const TAKES_TEXT = "input:not([type=range], [type=radio], [type=checkbox]), textarea";

const holdsFiles = (transfer) => [...(transfer?.types ?? [])].includes("Files");
const isForAField = ({ target }) => target instanceof Element && target.closest(TAKES_TEXT) !== null;

/** Makes the whole window a place to drop on, and listens for pasting; what comes before the page is `ready` waits for it. */
export function acceptDrops(ready) {
  ready.then(() => listenToWindow(openFiles));
  const take = ({ dataTransfer, clipboardData }) => {
    const given = taken(dataTransfer ?? clipboardData); // at once: afterwards the browser forgets it
    ready.then(() => open(given));
  };
  listenToDrags(take);
  window.addEventListener("paste", (event) => {
    if (!event.clipboardData?.files.length && isForAField(event)) return;
    event.preventDefault();
    take(event);
  });
}

function listenToDrags(take) {
  const layer = byId("drop-area");
  let depth = 0;
  let own = false; // what is dragged comes from this page
  const show = (on) => layer.classList.toggle("on", on);
  const isOurs = (event) => !own && (holdsFiles(event.dataTransfer) || !isForAField(event));
  window.addEventListener("dragstart", () => {
    own = true;
  });
  window.addEventListener("dragend", () => {
    own = false;
  });
  window.addEventListener("dragenter", (event) => {
    if (own || !holdsFiles(event.dataTransfer)) return;
    depth += 1;
    show(true);
  });
  // A browser would go to the address of what it may not drop here.
  window.addEventListener("dragover", (event) => {
    if (!isOurs(event)) return;
    event.preventDefault();
    if (holdsFiles(event.dataTransfer)) event.dataTransfer.dropEffect = "copy";
  });
  window.addEventListener("dragleave", (event) => {
    if (own || !holdsFiles(event.dataTransfer)) return;
    depth = Math.max(0, depth - 1);
    if (!depth) show(false);
  });
  window.addEventListener("drop", (event) => {
    depth = 0;
    show(false);
    if (!isOurs(event)) return;
    event.preventDefault();
    take(event);
  });
}

/** What was dropped or pasted: the promise of its `files`, or what it is instead. */
function taken(transfer) {
  if (holdsFiles(transfer)) return { files: filesIn(transfer) };
  const text = transfer?.getData("text/plain") ?? "";
  const isWeb = Boolean(transfer?.getData("text/uri-list")) || ADDRESS.test(text) || hasPicture(transfer);
  return { isWeb, isText: text !== "" };
}

async function open(given) {
  if (!given.files) {
    refuse(given);
    return;
  }
  const { files, closed } = await given.files;
  for (const name of closed) showError(cannotBeOpened(name));
  if (files.length) openFiles(files);
  else if (!closed.length) toast(t("There is no photo in this folder."));
}

/** What is no file. A picture on a web page is its address: to fetch it would tell its server of this computer. */
function refuse({ isWeb, isText }) {
  if (isWeb)
    toast(t("That is a link, not a photo."), {
      kind: "error",
      hint: t("VideoAi fetches nothing from the internet: save the picture on this computer, then drop the file here."),
    });
  else if (isText)
    toast(t("That is text, not a photo."), {
      kind: "error",
      hint: t("Copy a photo and paste it, or drop the file of one here."),
    });
  else
    toast(t("There is no photo in it."), {
      kind: "error",
      hint: t("Copy a photo and paste it, or drop the file of one here."),
    });
}

const hasPicture = (transfer) => /<img\b/i.test(transfer?.getData("text/html") ?? "");
