/** The page's beginning: words, what the server offers, then each part of the page. */

import { api } from "./base/api.js";
import { button, byId, h, icon, setText } from "./base/dom.js";
import { listenToEvents } from "./base/events.js";
import { keepFocus } from "./base/focus.js";
import { loadWords, t, translatePage } from "./base/language.js";
import { closeUnanswered, toast } from "./base/overlays.js";
import { comeFrom, createWorkbench } from "./base/parts.js";
import { hash } from "./base/storage.js";
import { get, jobOnStage, set, watch } from "./base/store.js";
import { pictureOf } from "./clips/clip.js";
import { createGallery } from "./clips/gallery.js";
import { watchJobs } from "./clips/notifications.js";
import { enterAsOwner, scanned } from "./entrance.js";
import { createHeader } from "./header.js";
import { listenToKeys } from "./keyboard.js";
import { watchModels } from "./models/arrivals.js";
import { followImport } from "./models/import.js";
import { comeBack, keepHistory } from "./navigation.js";
import { startSettings } from "./settings/current.js";
import { keepEstimating } from "./settings/estimates.js";
import { keepSettings, keptPhoto } from "./settings/kept.js";
import { noteChanges } from "./settings/undo.js";
import { showBackdrop } from "./stage/backdrop.js";
import { acceptDrops } from "./stage/drops.js";
import { createFilmstrip } from "./stage/filmstrip.js";
import { createPlayer } from "./stage/player.js";
import { createStage } from "./stage/stage.js";
import { suggestFocus } from "./stage/subject.js";

const AGAIN = 3000; // ms, until the server is asked again

/** What comes from the server when it is needed first. */
const PARTS = {
  askForSeveral: () => import("./stage/several.js"),
  createWorkbench: () => import("./workbench.js"),
  openBin: () => import("./panels/bin.js"),
  openCompare: () => import("./compare/compare.js"),
  openDetails: () => import("./clips/details.js"),
  openFinish: () => import("./finishing/panel.js"),
  openModels: () => import("./models/panel.js"),
  openOptions: () => import("./panels/options.js"),
  openPhone: () => import("./panels/phone.js"),
  openPresetChange: () => import("./settings/own_preset_forms.js"),
  openPresetKeep: () => import("./settings/own_preset_forms.js"),
  openQueue: () => import("./clips/queue.js"),
};

/** Builds the page; resolves once it is there. */
export async function begin() {
  // Who comes back to a photo or a clip needs it as soon as the rest; if it does not arrive, that is said when it is needed.
  if (hash() || keptPhoto()) import("./workbench.js").catch(() => {});
  await enterAsOwner();
  const [refused] = await Promise.all([load(), loadWords()]);
  translatePage();
  if (refused) await waitFor(refused);
  build();
}

/** Says why the page cannot be built yet, and asks the server again until it can. */
async function waitFor(error) {
  const main = byId("main");
  document.body.classList.add("waiting");
  main.inert = true;
  if (error.code === "unpaired") {
    const { createPairing } = await import("./panels/pairing.js");
    main.before(createPairing(scanned));
    await new Promise(() => {}); // the page is loaded anew once it is paired
  }
  const wait = h(
    "div",
    { class: "wait", role: "alert" },
    icon(error.status === 401 ? "lock" : "offline"),
    h("h2", {}, error.message),
    h("p", {}, error.hint),
    button(t("Try again"), () => location.reload(), { class: "quiet" }),
  );
  main.before(wait);
  do await new Promise((resolve) => setTimeout(resolve, AGAIN));
  while (await load());
  wait.remove();
  main.inert = false;
  document.body.classList.remove("waiting");
}

/** What the server offers, and the settings; returns why it cannot be had. */
async function load() {
  try {
    const server = await api.settings();
    set({ server, models: server.models, extras: server.extras, machine: server.machine });
    await startSettings();
    return null;
  } catch (error) {
    if (error.status === undefined) throw error; // a defect of the page
    return error;
  }
}

function build() {
  comeFrom(PARTS);
  keepHistory();
  const player = createPlayer();
  createFilmstrip(player);
  createStage(player);
  bringWorkbench(player);
  createGallery();
  createHeader();
  acceptDrops();
  keepFocus();
  listenToKeys(player);
  keepEstimating();
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
  window.addEventListener("unpaired", () => location.reload(), { once: true }); // to the way in
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
    if (was === "connecting" && now !== "gone") comeBack();
    if (was === "gone" && now !== "gone") {
      closeUnanswered();
      toast(t("VideoAi is back."));
    }
    was = now;
  });
}
