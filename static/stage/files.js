/** What kind of file a name or a type speaks of, and the files in what is dropped: folders are opened, however deep. */

const VIDEO = /\.(mp4|m4v|mov|webm|mkv)$/i;
const PHOTO = /\.(jpe?g|jfif|png|webp|gif|bmp|tiff?|heic|heif|hif|avif|dng|cr2|cr3|nef|arw|orf|rw2|raf)$/i;

export const ACCEPTED = "image/*,.heic,.heif,.avif,video/mp4,video/quicktime,video/webm";

export const isVideo = ({ name, type }) => type.startsWith("video/") || VIDEO.test(name);

/** Whether it may be a photo: what it holds, the server finds out. Some systems have no type for a photo of a phone. */
export const mayBePhoto = ({ name, type }) =>
  type.startsWith("image/") || PHOTO.test(name) || (!type && !isVideo({ name, type }));

/**
 * The files in what was dropped, in the order of their names within a folder. Of a folder only what calls itself a photo
 * is taken: nobody chose the rest of it.
 */
export async function filesIn(transfer) {
  // All has to be taken hold of at once: afterwards the browser forgets what was dropped.
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  const taken = items.map((item) => ({ entry: item.webkitGetAsEntry?.() ?? null, file: item.getAsFile() }));
  const found = await Promise.all(taken.map(({ entry, file }) => (entry?.isDirectory ? photosIn(entry) : [file])));
  return found.flat().filter(Boolean);
}

/** The photos in a folder and in those within it; hidden files, such as macOS leaves, are none. */
async function photosIn(folder) {
  const entries = (await entriesOf(folder)).filter(({ name }) => !name.startsWith("."));
  const sorted = entries.sort((one, other) => one.name.localeCompare(other.name, undefined, { numeric: true }));
  const found = await Promise.all(sorted.map((entry) => (entry.isDirectory ? photosIn(entry) : fileOf(entry))));
  return found.flat().filter((file) => file && (file.type.startsWith("image/") || PHOTO.test(file.name)));
}

/** A browser tells of a folder a hundred entries at a time; of one that cannot be read, none. */
async function entriesOf(folder) {
  const reader = folder.createReader();
  const found = [];
  for (;;) {
    const some = await new Promise((resolve) => reader.readEntries(resolve, () => resolve([])));
    if (!some.length) return found;
    found.push(...some);
  }
}

const fileOf = (entry) => new Promise((resolve) => entry.file(resolve, () => resolve(null)));
