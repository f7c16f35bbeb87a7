/** Fetching a model, or what is beside the models. */

import { api } from "../base/api.js";
import { showError } from "../base/overlays.js";

/** Fetches it from where it stopped. */
export async function pull(id, precision) {
  try {
    await api.pull(id, precision);
  } catch (error) {
    showError(error);
  }
}
