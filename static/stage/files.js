/**
 * What kind of file a name or a type speaks of, whether it can be sent, and the files in what is dropped: folders are
 * opened, however deep.
 */

import { ApiError } from "../base/api.js";
import { bytes, t } from "../base/language.js";
import { get } from "../base/store.js";

const VIDEO = /\.(mp4|m4v|mov|webm|mkv)$/i;
const PHOTO = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|heic|heif|hif|avif|dng|cr2|cr3|nef|arw|orf|rw2|raf)$/i;

export const ACCEPTED = "image/*,.heic,.heif,.avif,video/mp4,video/quicktime,video/webm";

export const isVideo = ({ name, type }) => type.startsWith("video/") || VIDEO.test(name);

/** Whether it may be a photo: what it holds, the server finds out. Some systems have no type for a photo of a phone. */
export const mayBePhoto = ({ name, type }) =>
  type.startsWith("image/") || PHOTO.test(name) || (!type && !isVideo({ name, type }));

/** Why a file is left out that was dropped among photos. */
export const notAPhoto = (file) =>
  isVideo(file)
    ? t("{name} is a video: open it alone to get its settings back.", { name: file.name })
    : t("{name} is not a photo.", { name: file.name });

/** Raises an ApiError for a file that the server would not take, or that nobody can read, before it travels. */
export async function checkFile(file) {
  const { name, size } = file;
  const { upload_bytes: limit } = get("server").limits;
  if (size > limit)
    throw new ApiError(
      413,
      "too_large",
      t("{name} is {size}; a photo can be at most {limit}.", { name, size: bytes(size), limit: bytes(limit) }),
      t("Export a smaller one: VideoAi fits it to the video anyway."),
    );
  try {
    await file.slice(0, 1).arrayBuffer();
  } catch {
    throw cannotBeOpened(name); // moved, changed, taken away with its disk, somebody else's: browsers do not say which
  }
}

/** Of a file, or of a folder. */
export const cannotBeOpened = (name) =>
  new ApiError(
    400,
    "cannot_be_opened",
    t("{name} can't be opened.", { name }),
    t("It may have been moved or belong to someone else. Copy it to your own folder and try again."),
  );

/**
 * What was dropped: its `files`, in the order of their names within a folder; `closed`, the names of what could not be
 * opened. Of a folder only what calls itself a photo is taken: nobody chose the rest of it.
 */
export async function filesIn(transfer) {
  // All has to be taken hold of at once: afterwards the browser forgets what was dropped.
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const taken = items.map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
  const closed = [];
  const found = await Promise.all(
    taken.map(({ entry, file }) => (entry?.isDirectory ? photosIn(entry, closed) : [file])),
  );
  return { files: found.flat().filter(Boolean), closed };
}

/** The photos in a folder and in those within it; hidden files, such as macOS leaves, are none. */
async function photosIn(folder, closed) {
  const entries = (await entriesOf(folder, closed)).filter(({ name }) => !name.startsWith("."));
  const sorted = entries.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
  const found = await Promise.all(
    sorted.map((entry) => (entry.isDirectory ? photosIn(entry, closed) : fileOf(entry, closed))),
  );
  return found.flat().filter((file) => file && (file.type.startsWith("image/") || PHOTO.test(file.name)));
}

/** A browser tells of a folder a hundred entries at a time. */
async function entriesOf(folder, closed) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve(null)));
    if (!some) closed.push(folder.name);
    if (!some?.length) return found;
    found.push(...some);
  }
}

const fileOf = (entry, closed) =>
  new Promise((resolve) =>
    entry.file(resolve, () => {
      closed.push(entry.name);
      resolve(null);
    }),
  );
