/** The page's beginning: words, what the server offers, then each part of the page. */

import { api } from "./api.js";
import { keepChoice, startChoice } from "./choice.js";
import { createDesk } from "./desk.js";
import { button, byId, h, icon, iconButton, isPhone, setText } from "./dom.js";
import { keepEstimating } from "./estimates.js";
import { keepPlace, listenToKeys } from "./keys.js";
import { lightRoom } from "./light.js";
import { createMemoryButton } from "./memory.js";
import { openModels } from "./models.js";
import { watchRuns } from "./notice.js";
import { acceptDrops } from "./open.js";
import { openOptions } from "./options.js";
import { createPairing, enterAsOwner, openPhone } from "./phone.js";
import { offlineBadge } from "./privacy.js";
import { createPlayer } from "./player.js";
import { createQueueButton } from "./queue.js";
import { createRail } from "./rail.js";
import { createShelf } from "./shelf.js";
import { createStage } from "./stage.js";
import { get, isHere, model, pictureOf, putJob, running, set, shown, watch } from "./store.js";
import { keepListening } from "./stream.js";
import { createStrip } from "./strip.js";
import { toast } from "./toast.js";
import { loadWords, t, translatePage } from "./words.js";

await enterAsOwner();
const [refused] = await Promise.all([load(), loadWords()]);
translatePage();
begin(refused);

/** Builds the page, or says why it cannot be, and asks the server again until it can. */
function begin(error) {
  if (!error) {
    build();
    return;
  }
  const room = byId("room");
  document.body.classList.add("waiting");
  room.inert = true;
  if (error.code === "unpaired") {
    room.before(createPairing());
    return;
  }
  const wait = h(
    "div",
    { class: "wait", role: "alert" },
    icon(error.status === 401 ? "lock" : "offline"),
    h("h2", {}, error.message),
    h("p", {}, error.hint),
    button(t("Try again"), () => location.reload(), { class: "quiet" }),
  );
  room.before(wait);
  const again = async () => {
    if (await load()) {
      setTimeout(again, 3000);
      return;
    }
    wait.remove();
    room.inert = false;
    document.body.classList.remove("waiting");
    build();
  };
  setTimeout(again, 3000);
}

async function load() {
  try {
    const settings = await api.settings();
    set({ settings, models: settings.models, machine: settings.machine });
    return null;
  } catch (error) {
    return error;
  }
}

function build() {
  startChoice();
  keepPlace();
  const player = createPlayer();
  createStrip(player);
  createStage(player);
  createDesk(player);
  createRail();
  createShelf();
  byId("brand").append(offlineBadge());
  byId("tools").append(
    createQueueButton(),
    createMemoryButton(),
    createModelsButton(),
    ...(get("settings").local ? [iconButton("phone", t("Open on my phone"), openPhone)] : []),
    iconButton("options", isPhone() ? t("Options") : t("Options and keys"), openOptions),
  );
  acceptDrops();
  listenToKeys(player);
  keepEstimating();
  watchRuns();
  keepListening();
  watchConnection();
  watchModels();
  window.addEventListener("scroll", () => document.body.classList.toggle("scrolled", scrollY > 8), { passive: true });
  watch(["photo", "view", "jobId", "jobs", "reading"], light);
  watch(["choice", "photo"], keepChoice);
  checkPhoto();
  for (const notice of get("settings").notices) toast(notice);
  window.addEventListener("unpaired", () => location.reload(), { once: true }); // to the way in
}

function createModelsButton() {
  const words = h("span", { class: "wide-only" }, t("Models"));
  return h(
    "button",
    { type: "button", class: "tool words", "aria-label": t("Models"), title: t("Models"), onclick: openModels },
    icon("models"),
    words,
  );
}

/** The room is lit by what the stage shows. */
function light() {
  const job = shown();
  lightRoom(job ? (job.poster_url ?? pictureOf(job)) : (get("photo")?.url ?? null));
}

/** Opened in the middle of a run, with nothing else on the stage, the page shows that run. */
async function comeBack() {
  const active = running();
  const wanted = get("jobId");
  if (active && !get("photo") && !wanted) set({ jobId: active.id, view: "clip" });
  if (!wanted || get("jobs").has(wanted)) return;
  try {
    putJob(await api.job(wanted));
  } catch {
    set({ jobId: null, view: "photo" }); // deleted meanwhile
  }
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
    setText(byId("connection"), now === "gone" ? t("VideoAi does not answer. Waiting for it…") : told);
    if (was === "connecting" && now !== "gone") comeBack();
    if (was === "gone" && now !== "gone") toast(t("VideoAi is back."));
    was = now;
  });
}

/** A model that has just arrived is worth a word, and the draft that stood in for it steps back. */
function watchModels() {
  let before = new Map(get("models").map((row) => [row.id, isHere(row)]));
  watch(["models"], () => {
    const main = get("settings").default_model;
    for (const row of get("models")) {
      if (!isHere(row) || before.get(row.id) !== false) continue;
      toast(t("{model} is ready.", { model: row.title }));
      const { values } = get("choice");
      if (row.id === main && model(values.model)?.state === "built in") {
        const { model: _, ...others } = values;
        set({ choice: { ...get("choice"), values: others } });
      }
    }
    before = new Map(get("models").map((row) => [row.id, isHere(row)]));
  });
}
