/**
 * Opening what was chosen: a photo, an example, or a video made here, which brings its settings back. Of several photos
 * each becomes a video.
 */

import { api } from "../base/api.js";
import { h } from "../base/dom.js";
import { t } from "../base/language.js";
import { announce, toast } from "../base/overlays.js";
import { askForSeveral, openModels } from "../base/parts.js";
import { get } from "../base/store.js";
import { importFile, mayBeModel } from "../models/import.js";
import { forAnotherPhoto, settingsOf, takeUp } from "../settings/current.js";
import { receive } from "./arrival.js";
import { ACCEPTED, checkFile, isVideo, mayBePhoto, notAPhoto } from "./files.js";

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
export async function openFiles(files) {
  if (files.length === 1 && mayBeModel(files[0]) && get("server").local) {
    openModels();
    importFile(files[0]);
    return;
  }
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
  await open(one);
}

export async function openExample({ name, title, url }) {
  await receive({ name: title, url }, async (signal) => placePhoto(await api.takeExample(name, signal), title, signal));
}

async function open(file) {
  const url = file.type.startsWith("image/") ? URL.createObjectURL(file) : null;
  const take = isVideo(file) ? openVideo : openPhoto;
  await receive({ name: file.name, url }, (signal, tell) => take(file, signal, tell));
  if (url) URL.revokeObjectURL(url);
}

async function openPhoto(file, signal, tell) {
  await checkFile(file);
  await placePhoto(await api.addPhoto(file, file.name, { signal, tell }), file.name, signal);
}

async function placePhoto(photo, name, signal) {
  await takeUp({ ...photo, name }, forAnotherPhoto(), signal);
  for (const notice of photo.notices ?? []) toast(notice);
  announce(t("The photo is ready."));
}

async function openVideo(file, signal, tell) {
  await checkFile(file);
  const { settings, photo, preset, from_history: ours } = await api.readVideo(file, { signal, tell });
  const found = await settingsOf(settings, preset, photo, { keepSeed: true, signal });
  await takeUp({ ...photo, name: file.name }, found, signal);
  const photoSaid = ours ? t("Its photo is back too.") : t("Its first frame takes the place of the photo.");
  toast(`${t("The settings of this video are back.")} ${photoSaid}`, { about: "settings" });
}
