/** Progress where it is seen from another tab (title, favicon), and a sign at the end, for those who asked for one. */

import { byId } from "../base/dom.js";
import { duration, percent, t } from "../base/language.js";
import { announce } from "../base/overlays.js";
import { keep, recall } from "../base/storage.js";
import { get, runningJob, watch } from "../base/store.js";
import { inWindow } from "../base/window.js";
import { fractionOf } from "./clip.js";

const SIDE = 64;
const PLAIN = "/static/icon.svg";

const remembered = (name) => recall(name) === "yes";
const remember = (name, on) => keep(name, on ? "yes" : "no");

/** The sound at the end: off unless it was asked for. */
export const sound = {
  get on() {
    return remembered("sound");
  },
  set(on) {
    remember("sound", on);
    if (on) chime();
  },
};

/**
 * The notice at the end: the browser's, of which there is none on a page that came over plain http from another machine.
 * The program's own window shows the system's instead, unless the page says that it is not wanted.
 */
export const notices = {
  possible: inWindow || ("Notification" in window && window.isSecureContext),
  get on() {
    if (inWindow) return recall("notices") !== "no";
    return this.possible && remembered("notices") && Notification.permission === "granted";
  },
  async set(on) {
    if (inWindow) {
      remember("notices", on);
      tellWindow();
      return on;
    }
    const allowed = on && (await Notification.requestPermission()) === "granted";
    remember("notices", allowed);
    return allowed;
  },
};

function tellWindow() {
  document.documentElement.dataset.notices = notices.on ? "on" : "off";
}

let context = null;

/** Two soft tones, made here. */
function chime() {
  context ??= new AudioContext();
  const start = context.currentTime + 0.05;
  for (const [delay, pitch] of [
    [0, 587.33],
    [0.16, 880],
  ]) {
    const tone = context.createOscillator();
    const loudness = context.createGain();
    tone.frequency.value = pitch;
    loudness.gain.setValueAtTime(0, start + delay);
    loudness.gain.linearRampToValueAtTime(0.12, start + delay + 0.02);
    loudness.gain.exponentialRampToValueAtTime(0.001, start + delay + 0.9);
    tone.connect(loudness).connect(context.destination);
    tone.start(start + delay);
    tone.stop(start + delay + 1);
  }
}

export function watchJobs() {
  if (inWindow) tellWindow();
  let before = new Map();
  let spoken = "";
  watch(["jobs"], () => {
    const active = runningJob();
    showTitle(active);
    drawFavicon(active ? fractionOf(active) : null);
    const quarter = active ? `${active.id} ${Math.floor(4 * fractionOf(active))}` : "";
    if (quarter && quarter !== spoken) {
      spoken = quarter;
      announce(t("In progress: {part}", { part: percent(fractionOf(active)) }));
    }
    const now = get("jobs");
    for (const job of now.values()) {
      const was = before.get(job.id);
      if (was === "running" && (job.state === "done" || job.state === "failed")) ended(job);
    }
    before = new Map([...now.values()].map(({ id, state }) => [id, state]));
  });
}

function showTitle(job) {
  const title = job
    ? [percent(fractionOf(job)), job.eta_seconds ? duration(job.eta_seconds) : "", "VideoAi"]
        .filter(Boolean)
        .join(" · ")
    : "VideoAi";
  if (document.title !== title) document.title = title;
}

function ended(job) {
  const done = job.state === "done";
  const words = done ? t("“{title}” is ready", { title: job.title }) : t("“{title}” failed", { title: job.title });
  announce(words);
  if (sound.on) chime();
  if (notices.on && !inWindow && document.hidden) {
    const note = new Notification(words, {
      icon: job.poster_url ?? "/static/icon-192.png",
      tag: job.id,
      body: done ? "" : (job.reason?.message ?? ""),
    });
    note.addEventListener("click", () => window.focus());
  }
}

let drawn = null;
let address = null;

/** A ring that closes; null brings the plain icon back. */
function drawFavicon(fraction) {
  const step = fraction === null ? null : Math.round(fraction * 40);
  if (step === drawn) return;
  drawn = step;
  const link = byId("favicon");
  const put = (url) => {
    const old = address;
    if (old) setTimeout(() => URL.revokeObjectURL(old), 5000); // the browser may be about to fetch it
    address = url;
    link.href = url ?? PLAIN;
    link.type = url ? "image/png" : "image/svg+xml";
  };
  if (step === null) {
    put(null);
    return;
  }
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = SIDE;
  const pen = canvas.getContext("2d");
  const ring = (from, to, colour) => {
    pen.beginPath();
    pen.arc(SIDE / 2, SIDE / 2, SIDE / 2 - 7, from, to);
    pen.strokeStyle = colour;
    pen.stroke();
  };
  pen.lineWidth = 11;
  pen.lineCap = "round";
  ring(0, 2 * Math.PI, "#6b625b");
  const top = -Math.PI / 2;
  ring(
    top,
    top + (2 * Math.PI * Math.max(1, step)) / 40,
    getComputedStyle(document.documentElement).getPropertyValue("--accent"),
  );
  canvas.toBlob((blob) => blob && drawn === step && put(URL.createObjectURL(blob)));
}
