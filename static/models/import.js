/**
 * A model that is on this computer already becomes one of VideoAi's: a file that is picked or dropped, or the path of a
 * file or folder. A browser says no more of a file than its name, so that one is copied, piece by piece.
 */

import { api } from "../base/api.js";
import { t } from "../base/language.js";
import { showError, toast } from "../base/overlays.js";
import { get, isGoing, modelsAndExtras, putModel, set, watch } from "../base/store.js";

export const ENDINGS = ".safetensors,.gguf";

/** Whether a file calls itself a model. */
export const mayBeModel = ({ name }) => ENDINGS.split(",").some((ending) => name.toLowerCase().endsWith(ending));

/**
 * The import in hand, in the store, so that it goes on while its panel is closed: {step, name, size, …}. `step` is
 * "asking" (which model it is), "copying", "preparing", "done" or "failed".
 */
export const importing = () => get("importing");
export const changeImport = (values) => importing() && set({ importing: { ...importing(), ...values } });
const isBusy = () => ["copying", "preparing"].includes(importing()?.step);

/** Takes up a file: asks which model it is, with the answer that its name suggests. */
export async function importFile(file) {
  if (isBusy()) {
    toast(t("One model at a time: {name} is still being added.", { name: importing().name }));
    return;
  }
  set({ importing: null });
  try {
    const upload = await api.beginUpload(file.name, file.size);
    set({ importing: { step: "asking", name: file.name, size: file.size, file, upload, model: upload.model } });
  } catch (error) {
    set({ importing: { step: "failed", name: file.name, error: worded(error) } });
  }
}

/** Takes up a path on this computer. */
export async function importPath(path, model) {
  await prepare({ name: path, path, model }, { path, ...(model && { model }) });
}

/** Copies the file, and has the model made of it. */
export async function copyAndPrepare() {
  const { file, upload, model, precision } = importing();
  const abort = new AbortController();
  set({ importing: { ...importing(), step: "copying", received: 0, abort } });
  try {
    let { received } = upload;
    while (received < file.size) {
      const piece = file.slice(received, received + upload.chunk_bytes);
      ({ received } = await api.sendPiece(upload.id, received, piece, file.name, abort.signal));
      changeImport({ received });
    }
    await prepare(importing(), { upload: upload.id, model, precision });
  } catch (error) {
    if (error.name === "AbortError") return;
    await api.dropUpload(upload.id).catch(() => {}); // what is wrong is said already
    // A file that was moved or changed since it was picked cannot be read on.
    set({ importing: { step: "failed", name: file.name, error: worded(error) } });
  }
}

const worded = (error) =>
  error.status === undefined
    ? { message: t("The file can no longer be read."), hint: t("Choose it again.") }
    : { message: error.message, hint: error.hint };

async function prepare(import_, asked) {
  try {
    const row = await api.importModel(asked);
    set({ importing: { ...import_, step: "preparing", model: row.id } });
    putModel(row);
  } catch (error) {
    set({ importing: { ...import_, step: "failed", error: worded(error) } });
  }
}

export async function stopImport() {
  const { step, upload, abort, model } = importing();
  abort?.abort();
  set({ importing: null });
  try {
    if (step === "preparing") putModel(await api.pause(model));
    else if (upload) await api.dropUpload(upload.id);
  } catch (error) {
    showError(error);
  }
}

/** What the server says of the model tells how its import ends. */
export function followImport() {
  watch(["models", "extras", "importing"], () => {
    const { step, model } = importing() ?? {};
    if (step !== "preparing") return;
    const row = modelsAndExtras().find(({ id }) => id === model);
    if (!row || isGoing(row)) return;
    if (row.progress?.state === "failed") changeImport({ step: "failed", error: row.progress.error });
    else if (row.state === "ready") changeImport({ step: "done" });
    else set({ importing: null }); // it was stopped
  });
}
