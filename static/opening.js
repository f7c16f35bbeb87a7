/**
 * What has to be known before the page can be built: who comes in, the words, what the server offers, the settings. It is
 * asked for while the rest of the page is still on its way.
 */

import { api } from "./base/api.js";
import { loadWords } from "./base/language.js";
import { set } from "./base/store.js";
import { enterAsOwner } from "./entrance.js";
import { startSettings } from "./settings/current.js";

/** Asks for all of it; resolves to what load() says. */
export async function open() {
  const [refused] = await Promise.all([load(), loadWords()]);
  return refused;
}

/** Comes in, and asks what the server offers, and for the settings; returns why it cannot be had. */
export async function load() {
  try {
    await enterAsOwner();
    const server = await api.settings();
    set({ server, models: server.models, extras: server.extras, machine: server.machine });
    await startSettings();
    return null;
  } catch (error) {
    if (error.status === undefined) throw error; // a defect of the page
    return error;
  }
}
