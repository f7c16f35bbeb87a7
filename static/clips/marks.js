/** What people say of their clips: favourites, and names, which are changed where they stand. */

import { api } from "../base/api.js";
import { byId, h, iconButton, setText } from "../base/dom.js";
import { t } from "../base/language.js";
import { announce, showError } from "../base/overlays.js";
import { get, putJob } from "../base/store.js";

/** Shown at once, and taken back if the server refuses. */
async function mark(job, marks) {
  putJob({ ...job, ...marks });
  try {
    putJob(await api.mark(job.id, marks));
    return true;
  } catch (error) {
    const now = get("jobs").get(job.id);
    if (now) putJob({ ...now, title: job.title, favourite: job.favourite });
    showError(error);
    return false;
  }
}

/** Makes clips favourites; if all of them are, none of them any more. */
export async function favour(jobs) {
  const favourite = jobs.some((job) => !job.favourite);
  announce(favourite ? t("Added to the favourites") : t("Removed from the favourites"));
  await Promise.all(jobs.filter((job) => job.favourite !== favourite).map((job) => mark(job, { favourite })));
}

/** The star of a clip: a button, and what brings it up to date. */
export function createStar(id) {
  const star = iconButton("star", "", () => favour([get("jobs").get(id)]), { class: "tool star" });
  return {
    element: star,
    update({ favourite, title }) {
      star.setAttribute("aria-label", t("Favourite: {title}", { title }));
      star.setAttribute("aria-pressed", String(favourite));
      star.title = favourite ? t("Remove from the favourites (F)") : t("Add to the favourites (F)");
    },
  };
}

const editors = new WeakMap(); // by the element that holds a name

/** Lets the name that stands in a place of the page be changed; false if there is none. */
export function renameIn(place) {
  const edit = editors.get(place?.querySelector(".clip-name"));
  edit?.();
  return Boolean(edit);
}

/** What F2 renames: the clip whose card has the focus, or else the one on the stage. */
export const nameNearFocus = () => document.activeElement?.closest(".clip-card") ?? byId("toolbar");

/** The name of a clip, which becomes a field: double click, or the pencil. Enter keeps, Esc leaves it as it was. */
export function createName(id) {
  const words = h("span", { class: "clip-title", ondblclick: () => edit() });
  const element = h("span", { class: "clip-name" }, words);
  const edit = () => {
    if (!element.contains(words)) return;
    element.replaceChildren(...field(get("jobs").get(id), done));
    element.classList.add("naming");
    element.querySelector("input").select();
  };
  const done = (focus) => {
    element.replaceChildren(words);
    element.classList.remove("naming");
    if (focus) {
      const near =
        element.closest(".clip-card")?.querySelector(".clip-open") ?? byId("toolbar").querySelector("button");
      near?.focus({ preventScroll: true });
    }
  };
  editors.set(element, edit);
  return {
    element,
    edit,
    update({ title }) {
      setText(words, title);
      words.title = title;
    },
  };
}

/** The field and what it says of an empty name; `done(focus)` is called when it is to go. */
function field(job, done) {
  const hint = h("span", { class: "name-hint", role: "alert" });
  let over = false;
  const end = (keep, focus) => {
    const title = input.value.trim().replace(/\s+/g, " ");
    if (over) return;
    if (keep && !title && focus) {
      setText(hint, t("A clip needs a name."));
      input.setAttribute("aria-invalid", "true");
      return;
    }
    over = true;
    done(focus);
    const now = get("jobs").get(job.id);
    if (keep && title && now && title !== now.title) mark(now, { title });
  };
  const input = h("input", {
    type: "text",
    class: "name-field",
    value: job.title,
    maxlength: "100",
    autocomplete: "off",
    spellcheck: false,
    "aria-label": t("Name of the clip"),
    oninput: () => {
      setText(hint, "");
      input.removeAttribute("aria-invalid");
    },
    onkeydown: (event) => {
      event.stopPropagation(); // the page's keys are not meant
      if (event.isComposing) return;
      if (event.key === "Enter" || event.key === "Escape") {
        event.preventDefault();
        end(event.key === "Enter", true);
      }
    },
    onblur: () => end(true, false),
  });
  return [input, hint];
}
