/** The head of the page: whether anything can leave this computer, and the ways to all that is beside the stage. */

import { byId, h, icon, iconButton, PHONE, setIcon, setText } from "./base/dom.js";
import { number, t } from "./base/language.js";
import { openModels, openOptions, openPhone, openQueue } from "./base/parts.js";
import { get, runningJob, waitingJobs, watch } from "./base/store.js";
import { createMemoryButton } from "./panels/memory.js";

export function createHeader() {
  byId("brand").append(createOfflineBadge());
  byId("tools").append(
    createQueueButton(),
    createMemoryButton(),
    createModelsButton(),
    ...(get("server").local ? [iconButton("phone", t("Open on my phone"), openPhone)] : []),
    iconButton("options", PHONE.matches ? t("Options") : t("Options and shortcuts"), openOptions),
  );
}

/** While the server refuses every connection to elsewhere itself. */
function createOfflineBadge() {
  const { offline, message } = get("server").privacy;
  return offline
    ? h("span", { class: "offline", title: message }, icon("lock"), h("span", { class: "wide-only" }, t("Offline")))
    : "";
}

/** There only when something waits or runs. */
function createQueueButton() {
  const count = h("span", { class: "count" });
  const open = h("button", { type: "button", class: "tool", onclick: openQueue }, icon("queue"), count);
  watch(["queue", "jobs", "paused"], () => {
    const total = waitingJobs().length + (runningJob() ? 1 : 0);
    const paused = get("paused");
    open.hidden = total === 0 && !paused;
    open.classList.toggle("on", paused);
    setIcon(open, paused ? "pause" : "queue");
    setText(count, number(total));
    const n = number(total);
    open.setAttribute("aria-label", paused ? t("Queue: {n}, paused", { n }) : t("Queue: {n}", { n }));
    open.title = open.getAttribute("aria-label");
  });
  return open;
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
