/** Nothing yet: the place to drop a photo, examples to try at once, and at first what the two kinds of model are. */

import { api } from "../base/api.js";
import { button, byId, h, hasTouch, icon, setText } from "../base/dom.js";
import { bytes, percent, t } from "../base/language.js";
import { showError } from "../base/overlays.js";
import { openModels } from "../base/parts.js";
import { get, hasPart, isGoing, isInstalled, model, watch } from "../base/store.js";
import { pull } from "../models/pull.js";
import { showBackdrop } from "./backdrop.js";
import { openExample, pickFile } from "./upload.js";

export function createWelcome() {
  const title = hasTouch() ? t("Choose a photo and watch it come alive") : t("Drop a photo and watch it come alive");
  const examples = h("div", { class: "film examples" });
  const start = h(
    "div",
    { class: "empty-start" },
    button(t("Choose a photo"), pickFile, { name: "photo", class: "solid large" }),
  );
  const or = h(
    "p",
    { class: "or" },
    hasTouch()
      ? t("From the library or the camera. It stays on your computer.")
      : t("Drop it anywhere, paste it or choose it. It never leaves this computer."),
  );
  const tips = h(
    "p",
    { class: "tips" },
    icon("info"),
    t("A simple background and good light work best. Any size will do: VideoAi fits the photo."),
  );
  const root = h(
    "div",
    { class: "empty" },
    h("h2", {}, title),
    or,
    start,
    h("p", { class: "examples-title" }, t("Or try one of these")),
    examples,
    createModelIntroduction(),
    tips,
  );
  byId("stage").append(root);
  fill(examples);
}

/** The page is lit by the picture that one looks at, as it will be by one's own. */
function light(url) {
  if (!get("photo")) showBackdrop(url);
}

async function fill(examples) {
  try {
    const rows = await api.examples();
    examples.replaceChildren(
      ...rows.map((row) =>
        h(
          "button",
          {
            type: "button",
            class: "example",
            "aria-label": t("Try: {title}", { title: row.title }),
            title: row.title,
            onclick: () => openExample(row),
            onpointerenter: () => light(row.url),
            onpointerleave: () => light(null),
            onfocus: () => light(row.url),
            onblur: () => light(null),
          },
          h("img", { src: row.url, alt: "", loading: "lazy" }),
        ),
      ),
    );
  } catch (error) {
    showError(error);
  }
}

/** Until the real model is here: what works at once, and what the other one is. */
function createModelIntroduction() {
  const real = h("p", {});
  const action = h("div", { class: "row" });
  const root = h(
    "div",
    { class: "welcome" },
    h(
      "div",
      { class: "way" },
      h("h3", {}, icon("check"), t("Instant draft")),
      h(
        "p",
        {},
        t(
          "An instant camera move through your photo. Nothing to download: great for trying things out and for framing.",
        ),
      ),
    ),
    h("div", { class: "way" }, h("h3", {}, icon("models"), t("Real motion: Stable Video Diffusion")), real, action),
  );
  let told = "";
  watch(["models", "server"], () => {
    const id = get("server")?.default_model;
    const row = model(id);
    root.hidden = !row || isInstalled(row);
    if (root.hidden) return;
    setText(
      real,
      t("The things in your photo move. One download of {size}, then it works without the internet.", {
        size: bytes(row.download_bytes),
      }),
    );
    const { progress } = row;
    const key = `${row.state} ${progress?.state} ${hasPart(row)}`;
    if (key !== told) {
      told = key;
      const fetch = () => pull(id);
      action.replaceChildren(
        isGoing(row)
          ? button("", openModels, { name: "download", class: "quiet" })
          : button(hasPart(row) ? t("Resume the download") : t("Download"), fetch, {
              name: "download",
              class: "quiet",
            }),
        button(t("All models"), openModels, { class: "quiet" }),
      );
    }
    if (progress && progress.state === "downloading")
      setText(
        action.querySelector("span"),
        t("{done} downloaded", { done: percent(progress.done_bytes / Math.max(1, progress.total_bytes)) }),
      );
    else if (isGoing(row)) setText(action.querySelector("span"), t("Downloading"));
  });
  return root;
}
