/** The page's words: English in the code, other languages from the server's catalogue. */

const REMEMBERED = "videoai.language";
const LANGUAGES = ["en", "it"];

let catalogue = {};

/** The language of the page: "en" or "it". */
export const language = chosen();

function chosen() {
  const wanted = [localStorage.getItem(REMEMBERED), ...navigator.languages];
  return wanted.map((tag) => tag?.slice(0, 2).toLowerCase()).find((tag) => LANGUAGES.includes(tag)) ?? "en";
}

/** Fetches the catalogue. Without it the page speaks English, which is better than nothing. */
export async function loadWords() {
  document.documentElement.lang = language;
  if (language === "en") return;
  try {
    const answer = await fetch(`/api/words/${language}.json`);
    if (answer.ok) catalogue = await answer.json();
  } catch {
    document.documentElement.lang = "en";
  }
}

/** `text` in the page's language, with `{name}` replaced by `values.name`. */
export function t(text, values = {}) {
  return (catalogue[text] ?? text).replace(/\{(\w+)\}/g, (all, name) => (name in values ? values[name] : all));
}

/** Puts the words into the elements of the page that are marked with data-t and data-t-label. */
export function translatePage(root = document) {
  for (const element of root.querySelectorAll("[data-t]")) element.textContent = t(element.textContent.trim());
  for (const element of root.querySelectorAll("[data-t-label]")) {
    element.setAttribute("aria-label", t(element.dataset.tLabel));
  }
}

/** Everything, what the server says too, is in one language: another one starts the page anew, where it was. */
export function speak(tag) {
  localStorage.setItem(REMEMBERED, tag);
  location.reload();
}
