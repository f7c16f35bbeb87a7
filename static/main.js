/** All of the page behind its way in: stage, shelf and keys, and what follows from one thing to another. */

import { byId, setText } from "./base/dom.js";
import { listenToEvents } from "./base/events.js";
import { keepFocus } from "./base/focus.js";
import { t } from "./base/language.js";
import { closeUnanswered, toast } from "./base/overlays.js";
import { createWorkbench } from "./base/parts.js";
import { get, jobOnStage, set, watch } from "./base/store.js";
import { pictureOf } from "./clips/clip.js";
import { createGallery } from "./clips/gallery.js";
import { watchJobs } from "./clips/notifications.js";
import { listenToKeys } from "./keyboard.js";
import { watchModels } from "./models/arrivals.js";
import { followImport } from "./models/import.js";
import { comeBack, keepHistory } from "./navigation.js";
import { keepSettings } from "./settings/kept.js";
import { noteChanges } from "./settings/undo.js";
import { showBackdrop } from "./stage/backdrop.js";
import { createFilmstrip } from "./stage/filmstrip.js";
import { createPlayer } from "./stage/player.js";
import { createStage } from "./stage/stage.js";
import { suggestFocus } from "./stage/subject.js";

export function createMain() {
  keepHistory();
  const player = createPlayer();
  createFilmstrip(player);
  createStage(player);
  bringWorkbench(player);
  createGallery();
  keepFocus();
  listenToKeys(player);
  noteChanges();
  suggestFocus();
  watchJobs();
  listenToEvents();
  watchConnection();
  watchModels();
  followImport();
  window.addEventListener("scroll", () => document.body.classList.toggle("scrolled", scrollY > 8), { passive: true });
  watch(["photo", "view", "jobId", "jobs", "reading"], followTheStage);
  watch(["settings", "photo"], keepSettings);
  checkPhoto();
  for (const notice of get("server").notices) toast(notice);
}

/** With the first photo, as soon as one is on its way, or the first clip. */
function bringWorkbench(player) {
  let isThere = false;
  watch(["photo", "reading", "view", "jobId", "jobs"], async () => {
    if (isThere || !(get("photo") || get("reading") || jobOnStage())) return;
    isThere = await createWorkbench(player);
  });
}

/** Behind the page is what the stage shows. */
function followTheStage() {
  const job = jobOnStage();
  showBackdrop(job ? (job.poster_url ?? pictureOf(job)) : (get("photo")?.url ?? null));
}

/** A photo that this tab remembers may be gone from the server. */
async function checkPhoto() {
  const photo = get("photo");
  if (!photo) return;
  const answer = await fetch(photo.url, { method: "HEAD" }).catch(() => null);
  if (answer && !answer.ok && get("photo")?.id === photo.id) set({ photo: null });
}

function watchConnection() {
  let was = "connecting";
  watch(["connection", "trouble"], () => {
    const [now, trouble] = [get("connection"), get("trouble")];
    document.body.dataset.connection = now;
    document.body.toggleAttribute("data-trouble", trouble !== null);
    const told = trouble ? `${trouble.message} ${trouble.hint}` : "";
    setText(byId("connection"), now === "gone" ? t("VideoAi is not responding. Waiting for it…") : told);
    if (was === "connecting" && now !== was && now !== "gone") comeBack();
    if (was === "gone" && now !== "gone") {
      closeUnanswered();
      toast(t("VideoAi is back."));
    }
    was = now;
  });
}
