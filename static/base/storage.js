/**
 * What the browser keeps for the page, and the address behind the “#”. Nothing of it can be relied on: cookies may be
 * blocked, the storage full, what is kept damaged, the address typed by hand. Then the page does without.
 */

const PREFIX = "videoai.";
const unkept = new Map(); // what the browser would not take: it holds until the page is left

/** What was kept under this name, in this tab alone or on this computer; null if there is nothing that can be read. */
export function recall(name, { tab = false } = {}) {
  const key = PREFIX + name;
  if (unkept.has(key)) return unkept.get(key);
  let text = null;
  try {
    text = (tab ? sessionStorage : localStorage).getItem(key);
    return JSON.parse(text ?? "null");
  } catch {
    return text; // a word that an earlier version kept as it was, or damaged: who reads it looks at what it is
  }
}

/** Keeps a value that JSON can hold; null forgets it. */
export function keep(name, value, { tab = false } = {}) {
  const key = PREFIX + name;
  unkept.delete(key);
  try {
    const storage = tab ? sessionStorage : localStorage;
    if (value === null) storage.removeItem(key);
    else storage.setItem(key, JSON.stringify(value));
  } catch {
    unkept.set(key, value); // blocked, or full
  }
}

/** Forgets all that was kept for the page; what was not kept anyway is forgotten with the page. */
export function forgetAll() {
  for (const name of ["localStorage", "sessionStorage"]) {
    try {
      const storage = window[name];
      for (const key of Object.keys(storage)) if (key.startsWith(PREFIX)) storage.removeItem(key);
    } catch {
      // blocked: there is nothing
    }
  }
}

/** What stands behind the “#”; of an address that is none, nothing. */
export function hash() {
  try {
    return decodeURIComponent(location.hash.slice(1));
  } catch {
    return "";
  }
}

/** A value behind the “#” that a link brought, such as a token: it is taken out of the address at once. */
export function takeFromHash(name) {
  const value = new URLSearchParams(location.hash.slice(1)).get(name);
  if (value) history.replaceState(history.state, "", location.pathname);
  return value;
}
