/**
 * The ways in: dropping anywhere, pasting, picking, the examples. A video made here brings its settings back; of several
 * photos each becomes a video.
 */

import { api } from "../base/api.js";
import { byId, h } from "../base/dom.js";
import { t } from "../base/language.js";
import { announce, showError, toast } from "../base/overlays.js";
import { set } from "../base/store.js";
import { listenToWindow } from "../base/window.js";
import { forAnotherPhoto, settingsOf, takeUp } from "../settings/current.js";
import { ACCEPTED, filesIn, isVideo, mayBePhoto } from "./files.js";
import { askForSeveral, checkSize, notAPhoto } from "./several.js";

const input = h("input", {
  type: "file",
  id: "file",
  accept: ACCEPTED,
  multiple: true,
  hidden: true,
  onchange: () => openFiles([...input.files]),
});

/** The system's own way to choose a file; phones offer camera and library. */
export function pickFile() {
  if (!input.isConnected) document.body.append(input);
  input.value = ""; // or the same file could not be picked twice
  input.click();
}

/** Takes a photo, or a video made here; of several photos, whatever else lies among them is named and left. */
async function openFiles(files) {
  const photos = files.filter(mayBePhoto);
  if (photos.length > 1) {
    askForSeveral(files);
    return;
  }
  const [one] = photos.length ? photos : files;
  if (!one) return;
  const others = files.filter((file) => file !== one);
  for (const file of others)
    toast(photos.length ? notAPhoto(file) : t("{name} was left out: open one at a time.", { name: file.name }));
  await reading(one, () => (isVideo(one) ? openVideo(one) : openPhoto(one)));
}

export async function openExample({ name, title, url }) {
  await reading({ name: title }, async () => placePhoto(await api.takeExample(name), title), url);
}

async function openPhoto(file) {
  checkSize(file);
  await placePhoto(await api.addPhoto(file, file.name), file.name);
}

async function placePhoto(photo, name) {
  await takeUp({ ...photo, name }, forAnotherPhoto());
  for (const notice of photo.notices ?? []) toast(notice);
  announce(t("The photo is ready."));
}

async function openVideo(file) {
  const { settings, photo, preset, from_history: ours } = await api.readVideo(file);
  await takeUp({ ...photo, name: file.name }, await settingsOf(settings, preset, photo, { keepSeed: true }));
  const photoSaid = ours ? t("Its photo is back too.") : t("Its first frame takes the place of the photo.");
  toast(`${t("The settings of this video are back.")} ${photoSaid}`);
}

/** While `take` runs, the stage shows what is on its way. */
async function reading(file, take, shownUrl) {
  const isPicture = file instanceof Blob && file.type.startsWith("image/");
  const url = shownUrl ?? (isPicture ? URL.createObjectURL(file) : null);
  set({ reading: { name: file.name, url } });
  try {
    await take();
  } catch (error) {
    showError(error);
  } finally {
    set({ reading: null });
    if (url && !shownUrl) URL.revokeObjectURL(url);
  }
}

/** Makes the whole window a place to drop on, and listens for pasting. */
export function acceptDrops() {
  listenToWindow(openFiles);
  const layer = byId("drop-area");
  let depth = 0;
  const shows = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const show = (on) => layer.classList.toggle("on", on);
  window.addEventListener("dragenter", (event) => {
    if (!shows(event)) return;
    depth += 1;
    show(true);
  });
  window.addEventListener("dragover", (event) => {
    if (!shows(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
  });
  window.addEventListener("dragleave", (event) => {
    if (!shows(event)) return;
    depth = Math.max(0, depth - 1);
    if (!depth) show(false);
  });
  window.addEventListener("drop", async (event) => {
    if (!shows(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    const files = await filesIn(event.dataTransfer);
    if (files.length) openFiles(files);
    else toast(t("There is no photo in this folder."));
  });
  window.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (!files.length) return;
    event.preventDefault();
    openFiles(files);
  });
}
