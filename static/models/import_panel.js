/** Where a model that is on this computer is added: the place to drop it, then what becomes of it. */

import { button, h, setStyle, setText } from "../base/dom.js";
import { bytes, percent, t } from "../base/language.js";
import { modelsAndExtras, nameOf, set, watch } from "../base/store.js";
import { changeImport, copyAndPrepare, ENDINGS, importFile, importing, importPath, stopImport } from "./import.js";

/** The part of the models' panel. */
export function createImport() {
  const body = h("div", { class: "import-body" });
  const root = h("section", { class: "import", "aria-labelledby": "import-title" }, body);
  const heading = h("h3", { id: "import-title" }, t("Add a model you have"));
  let shown = "";
  let update = () => {};
  const unwatch = watch(["importing", "models", "extras"], () => {
    const key = importing()?.step ?? "none";
    if (key !== shown) {
      shown = key;
      const held = root.contains(document.activeElement);
      const made = { none: offer, asking, copying, preparing, done, failed }[key]();
      update = made.update ?? (() => {});
      body.replaceChildren(...made.parts);
      if (held) body.querySelector("button, input, select")?.focus();
    }
    update();
  });
  letDrop(root);
  return { elements: [heading, root], unwatch };
}

/** Dropped here, a file is a model, whatever the page makes of files elsewhere. */
function letDrop(root) {
  const over = (on) => root.classList.toggle("over", on);
  root.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  root.addEventListener("dragleave", () => over(false));
  root.addEventListener("drop", (event) => {
    event.preventDefault();
    event.stopPropagation();
    over(false);
    const [file] = event.dataTransfer.files;
    if (file) importFile(file);
  });
}

function offer() {
  const input = h("input", {
    type: "file",
    accept: ENDINGS,
    hidden: true,
    id: "model-file",
    onchange: () => input.files[0] && importFile(input.files[0]),
  });
  const path = h("input", {
    type: "text",
    id: "model-path",
    autocomplete: "off",
    spellcheck: "false",
    placeholder: t("Path of a file or folder"),
    "aria-label": t("Path of a file or folder on this computer"),
  });
  const send = (event) => {
    event.preventDefault();
    if (path.value.trim()) importPath(path.value.trim());
    else path.focus();
  };
  return {
    parts: [
      h(
        "p",
        { class: "lead" },
        t(
          "Drop a .safetensors or .gguf file of Stable Video Diffusion here. Nothing is downloaded, and your file stays as it is.",
        ),
      ),
      h(
        "div",
        { class: "row" },
        button(t("Choose a file…"), () => input.click(), { class: "quiet" }),
        input,
      ),
      h(
        "form",
        { class: "row import-path", onsubmit: send },
        path,
        h("button", { type: "submit", class: "button quiet" }, h("span", {}, t("Add"))),
      ),
      h("p", { class: "hint-line" }, t("By its path nothing is copied first, and a whole folder can be added.")),
    ],
  };
}

/** Which model it is: the numbers in the file do not tell. */
function modelSelect(chosen, onchange) {
  const rows = modelsAndExtras().filter(({ state }) => state !== "built in");
  const none = h("option", { value: "" }, t("Choose…"));
  const select = h(
    "select",
    { id: "import-model", onchange: () => onchange(select.value || null) },
    none,
    rows.map((row) => h("option", { value: row.id }, row.title)),
  );
  select.value = chosen ?? "";
  return select;
}

function nameLine() {
  const { name, size } = importing();
  return h("p", { class: "import-name" }, h("strong", {}, name), size ? ` · ${bytes(size)}` : "");
}

function asking() {
  const go = button(t("Add to VideoAi"), copyAndPrepare, { class: "solid" });
  const select = modelSelect(importing().model, (model) => changeImport({ model }));
  return {
    parts: [
      nameLine(),
      h("div", { class: "model-choice" }, h("label", { for: "import-model" }, t("Which model is it?")), select),
      h("p", { class: "hint-line" }, t("It is copied and checked, and made as small as suits this computer.")),
      h("div", { class: "row end" }, button(t("Cancel"), stopImport, { class: "quiet" }), go),
    ],
    update() {
      go.disabled = !importing().model;
    },
  };
}

function withBar(words, fractionNow) {
  const fill = h("span", { class: "fill" });
  const line = h("p", { class: "download-words", role: "status" });
  return {
    parts: [
      nameLine(),
      h("div", { class: "download-bar" }, fill),
      line,
      h("div", { class: "row end" }, button(t("Stop"), stopImport, { class: "quiet" })),
    ],
    update() {
      setStyle(fill, { width: `${100 * fractionNow()}%` });
      setText(line, words());
    },
  };
}

const copying = () =>
  withBar(
    () =>
      t("Copying: {part}. It does not leave this computer.", {
        part: percent(importing().received / importing().size),
      }),
    () => importing().received / importing().size,
  );

function preparing() {
  const progress = () => modelsAndExtras().find(({ id }) => id === importing().model)?.progress;
  const fraction = () => (progress()?.done_bytes ?? 0) / Math.max(1, progress()?.total_bytes ?? 1);
  return withBar(
    () =>
      progress()?.state === "converting"
        ? t("Checked; being prepared: {part}", { part: percent(fraction()) })
        : t("Checking the file…"),
    fraction,
  );
}

function done() {
  const row = modelsAndExtras().find(({ id }) => id === importing().model);
  const { size, file } = importing();
  const yours =
    size && file
      ? t("Your own file has not been changed. VideoAi no longer needs it: deleting it frees {size}.", {
          size: bytes(size),
        })
      : t("Your own files have not been changed, and VideoAi no longer needs them.");
  return {
    parts: [
      h(
        "p",
        { role: "status" },
        t("{model} is ready, and takes {size}.", { model: nameOf(row), size: bytes(row.size_bytes) }),
      ),
      h("p", { class: "hint-line" }, yours),
      h(
        "div",
        { class: "row end" },
        button(t("Close"), () => set({ importing: null }), { class: "quiet" }),
      ),
    ],
  };
}

function failed() {
  const { error, path } = importing();
  // Of a path whose model nobody can tell, it can still be said.
  const select = path && modelSelect(null, (model) => model && importPath(path, model));
  return {
    parts: [
      nameLine(),
      h("p", { class: "model-error", role: "alert" }, [error.message, error.hint].filter(Boolean).join(" ")),
      select &&
        h("div", { class: "model-choice" }, h("label", { for: "import-model" }, t("Which model is it?")), select),
      h(
        "div",
        { class: "row end" },
        button(t("Choose another"), () => set({ importing: null }), { class: "quiet" }),
      ),
    ].filter(Boolean),
  };
}
