/** The ways in: dropping anywhere, pasting, picking, the examples. A video made here brings its settings back. */

import { ApiError, api } from "../base/api.js";
import { byId, h } from "../base/dom.js";
import { bytes, t } from "../base/language.js";
import { announce, showError, toast } from "../base/overlays.js";
import { get, set } from "../base/store.js";
import { settingsOf, takeUp } from "../settings/current.js";

const ACCEPTED = "image/*,.heic,.heif,.avif,video/mp4,video/quicktime,video/webm";

const input = h("input", {
  type: "file",
  id: "file",
  accept: ACCEPTED,
  hidden: true,
  onchange: () => openFile(input.files[0]),
});

/** The system's own way to choose a file; phones offer camera and library. */
export function pickFile() {
  if (!input.isConnected) document.body.append(input);
  input.value = ""; // or the same file could not be picked twice
  input.click();
}

/** Takes a photo, or a video made here. */
async function openFile(file) {
  if (!file) return;
  if (file.type.startsWith("video/") || /\.(mp4|m4v|mov|webm|mkv)$/i.test(file.name))
    await reading(file, () => openVideo(file));
  else await reading(file, () => openPhoto(file));
}

export async function openExample({ name, title, url }) {
  await reading({ name: title }, async () => placePhoto(await api.takeExample(name), title), url);
}

async function openPhoto(file) {
  const { upload_bytes: limit } = get("server").limits;
  if (file.size > limit) {
    const values = { name: file.name, size: bytes(file.size), limit: bytes(limit) };
    throw new ApiError(
      413,
      "too_large",
      t("{name} is {size}; a photo can be at most {limit}.", values),
      t("Export a smaller one: VideoAi fits it to the video anyway."),
    );
  }
  await placePhoto(await api.addPhoto(file, file.name), file.name);
}

async function placePhoto(photo, name) {
  const { focus, ...values } = get("settings").values;
  await takeUp({ ...photo, name }, { ...get("settings"), shape: null, values });
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
  window.addEventListener("drop", (event) => {
    if (!shows(event)) return;
    event.preventDefault();
    depth = 0;
    show(false);
    openFile(event.dataTransfer.files[0]);
  });
  window.addEventListener("paste", (event) => {
    const file = [...(event.clipboardData?.files ?? [])][0];
    if (!file) return;
    event.preventDefault();
    openFile(file);
  });
}
