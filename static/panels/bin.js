/** The bin: what was deleted, until it is really deleted; restored, deleted at once, or emptied. */

import { api } from "../base/api.js";
import { button, h, iconButton, keyed, setStyle, setText } from "../base/dom.js";
import { bytes, number, t, until } from "../base/language.js";
import { ask, openPanel, showError } from "../base/overlays.js";
import { get, watch } from "../base/store.js";
import { restore } from "../clips/actions.js";
import { pictureOf } from "../clips/clip.js";

export function openBin() {
  openPanel(t("Bin"), (body) => {
    const list = h("ul", { class: "queue" });
    const words = h("p", { class: "hint-line" });
    const nothing = h("p", { class: "nothing", tabIndex: -1 }, t("The bin is empty."));
    const all = button(t("Empty the bin…"), emptyBin, { class: "quiet", name: "trash" });
    body.append(words, list, nothing, all);
    const show = ({ jobs, bytes: size }) => {
      const place = [...list.children].findIndex((row) => row.contains(document.activeElement));
      keyed(list, jobs, ({ job }) => job.id, makeRow, updateRow);
      nothing.hidden = jobs.length > 0;
      all.hidden = !jobs.length || !get("server").local;
      setText(
        words,
        t("Deleted clips stay here for 7 days, their videos in your folder too. Emptying the bin frees {size}.", {
          size: bytes(size),
        }),
      );
      words.hidden = !jobs.length;
      // Who restores one after the other keeps their place.
      if (place >= 0 && !list.contains(document.activeElement))
        (list.children[Math.min(place, jobs.length - 1)]?.querySelector("button") ?? nothing).focus();
    };
    nothing.hidden = true;
    all.hidden = true;
    let asked = 0;
    return watch(["bin"], async () => {
      const mine = ++asked;
      try {
        const found = await api.bin();
        if (mine === asked) show(found);
      } catch (error) {
        showError(error);
      }
    });
  });
}

function makeRow({ job }) {
  const picture = h("span", { class: "queue-thumb" });
  const url = job.poster_url ?? pictureOf(job);
  setStyle(picture, { "background-image": url ? `url("${url}")` : null });
  return h(
    "li",
    { class: "queue-row binned-row" },
    picture,
    h(
      "div",
      { class: "queue-words" },
      h("span", { class: "clip-title" }, job.title),
      h("span", { class: "clip-meta" }),
    ),
    button(t("Restore"), () => restore(job.id), {
      class: "quiet",
      "aria-label": t("Restore: {title}", { title: job.title }),
    }),
    iconButton("trash", t("Delete forever: {title}", { title: job.title }), () => deleteForever(job)),
  );
}

function updateRow(element, row) {
  const when = t("Will be deleted {when}", { when: until(row.until) });
  setText(element.querySelector(".clip-meta"), `${when} · ${bytes(row.bytes)}`);
}

async function deleteForever({ id, title }) {
  const sure = await ask(
    t("Delete “{title}” forever?", { title }),
    t("This deletes its video from your folder. You can't undo it."),
    t("Delete forever"),
  );
  if (sure) await api.removeForever(id).catch(showError);
}

async function emptyBin() {
  const { count, bytes: size } = get("bin");
  const sure = await ask(
    t("Empty the bin?"),
    t("Clips: {n}, {size}. This deletes their videos from your folder. You can't undo it.", {
      n: number(count),
      size: bytes(size),
    }),
    t("Empty the bin"),
  );
  if (sure) await api.emptyBin().catch(showError);
}
