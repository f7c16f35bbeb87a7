/** What the next video needs and is not on this computer: said with its size and licence, and downloaded by a press. */

import { button, h, icon } from "../base/dom.js";
import { bytes, duration, percent, t } from "../base/language.js";
import { get, hasPart, isGoing, isInstalled, model, nameOf } from "../base/store.js";
import { licenceLink } from "../models/licence.js";
import { pull } from "../models/pull.js";
import { chooseModel, resolved } from "./current.js";

/** The rows of what is missing, the small ones first. The model's state is at hand; of all else the estimate knows. */
export function missing() {
  const { model: id, precision } = resolved();
  const wanted = get("estimate")?.to_download ?? [];
  const extras = get("extras").filter((row) => wanted.includes(row.id) && !isInstalled(row));
  const row = model(id);
  const absent = row && (!isInstalled(row) || (precision !== "auto" && wanted.includes(id)));
  return absent ? [...extras, row] : extras;
}

/** What a press of the large button downloads, and after which it speaks: the first that is not on its way. */
const nextOf = (rows) => rows.find((row) => !isGoing(row)) ?? rows[0];

export function downloadNext() {
  const row = nextOf(missing());
  const { model: id, precision } = resolved();
  if (!isGoing(row)) pull(row.id, row.id === id ? precision : undefined);
}

/** What the large button says meanwhile. */
export function downloadWords(rows) {
  const row = nextOf(rows);
  const { progress } = row;
  if (!isGoing(row) && !hasPart(row))
    return {
      title: row.offer ?? t("Download the model"),
      note: t("{size}, once", { size: bytes(row.download_bytes) }),
    };
  const done = percent(progress.done_bytes / Math.max(1, progress.total_bytes));
  if (!isGoing(row)) return { title: t("Resume the download"), note: done };
  return { title: row.offer ? t("Downloading") : t("Downloading the model"), note: done };
}

/** What there is to know before the download that the large button speaks of, or of that. */
export function missingAdvice(rows) {
  const row = nextOf(rows);
  const { progress } = row;
  const about = (words) => h("p", {}, icon("download"), h("span", {}, words));
  if (isGoing(row)) {
    const left = progress.eta_seconds ? t("about {time} left", { time: duration(progress.eta_seconds) }) : "";
    return [about(`${t("{model} is being downloaded.", { model: nameOf(row) })} ${left}`)];
  }
  const failed = progress?.error;
  const draft = !row.offer && get("models").find(({ state }) => state === "built in");
  const chips = h(
    "div",
    { class: "row chips" },
    draft && button(t("Use the draft now"), () => chooseModel(draft.id), { class: "chip" }),
    row.licence_url && licenceLink(row, "chip"),
  );
  const words = failed
    ? `${failed.message} ${failed.hint}`
    : t("{model} is not on this computer yet.", { model: nameOf(row) });
  return [about(words), chips];
}
