/**
 * The photo as the draft's camera would see it, small, while one chooses where that goes: over the photo on the stage, or
 * beside the pad where the stage is not seen. How near all is and what the moves are, the server says, once each, and only
 * while somebody chooses.
 */

import { address, api } from "../base/api.js";
import { h, prefersReducedMotion } from "../base/dom.js";
import { get, watch } from "../base/store.js";
import { asked, resolved } from "../settings/current.js";
import { cropBox } from "./photo.js";
import { cut, draw } from "./warp.js";

const PLAYS = 1500; // ms that a move takes
const RESTS = 500; // ms that its end stays

/** The view; `aside` is where it is shown when the stage is not seen. */
export function createCameraView(aside) {
  const canvas = h("canvas", { class: "camera-view", "aria-hidden": "true" });
  const pen = canvas.getContext("2d");
  const [scene, moves] = [latest(sceneOf), latest(movesOf)];
  let frame = null;
  let turn = 0; // of what is shown: the last one counts
  let held = null; // [word, x, y]: what it follows now

  /** What is needed to show anything: {scene, moves}; null without a photo. Asked for once, until something changes. */
  const prepare = async () => {
    if (!get("photo")) return null;
    const [found, said] = await Promise.all([scene(framing()), moves(flight())]);
    return { scene: found, moves: said };
  };

  const show = (known, move, done) => {
    if (canvas.width !== known.scene.width || canvas.height !== known.scene.height || !frame) {
      Object.assign(canvas, { width: known.scene.width, height: known.scene.height });
      frame = pen.createImageData(canvas.width, canvas.height);
    }
    draw(known.scene, frame, move, done);
    pen.putImageData(frame, 0, 0);
    if (canvas.classList.contains("on")) return;
    const place = placeFor(aside);
    if (canvas.parentElement !== place) place.append(canvas);
    canvas.classList.add("on");
    aside.classList.toggle("on", place === aside);
  };

  const hide = () => {
    for (const element of [canvas, aside]) element.classList.remove("on");
  };

  const rest = () => {
    turn++;
    held = null;
    hide();
  };

  /** The camera so far on its way: `x` to the right and `y` up, of a whole move 1. */
  const follow = async (word, x, y) => {
    const mine = ++turn;
    held = [word, x, y];
    const known = await prepare();
    if (mine === turn && known) show(known, leaning(known.moves, word, x, y), 1);
  };

  /** The whole move once, or where it leads, for who does not want it to move; then the photo again. */
  const play = async (word) => {
    const mine = ++turn;
    held = null;
    const known = await prepare();
    if (mine !== turn || !known) return;
    const move = known.moves[word];
    if (prefersReducedMotion()) {
      show(known, move, move.backwards ? 0 : 1);
      setTimeout(() => mine === turn && rest(), PLAYS);
      return;
    }
    let began = 0;
    const step = (now) => {
      if (mine !== turn) return;
      began ||= now;
      const part = Math.min(1, (now - began) / PLAYS);
      show(known, move, (1 - Math.cos(Math.PI * part)) / 2);
      if (part < 1) requestAnimationFrame(step);
      else setTimeout(() => mine === turn && rest(), RESTS);
    };
    requestAnimationFrame(step);
  };

  let shown = "";
  watch(["photo", "view", "reading", "settings", "resolved"], () => {
    const now = JSON.stringify([get("view"), Boolean(get("reading")), get("photo") && framing()]);
    if (now === shown) return;
    shown = now;
    if (!held) return rest();
    hide(); // it may have another place now
    follow(...held).catch(rest);
  });
  return { prepare, follow, play, rest };
}

/** A function of a question that asks it again only when it is another one, or came to nothing. */
function latest(ask) {
  let [known, answer] = ["", null];
  return (question) => {
    const key = JSON.stringify(question);
    if (key === known) return answer;
    known = key;
    answer = ask(question);
    answer.catch(() => {
      if (known === key) known = "";
    });
    return answer;
  };
}

/** Of what part of the photo, in which shape, and with whose depth the video is to be. */
function framing() {
  const { width, height, fit, focus, depth } = resolved();
  return { id: get("photo").id, width, height, fit, focus: focus.join(), depth };
}

/** The settings that the moves are asked for: all but the camera's word. Without a seed that is kept, with the last one. */
function flight() {
  const { settings, ...others } = asked();
  const { camera, ...chosen } = settings;
  return { ...others, settings: { seed: get("lastSeed") ?? 0, ...chosen } };
}

const movesOf = (wanted) => api.camera(wanted);

/** The photo and its map in small, as warp.js draws them. */
async function sceneOf({ id, ...framed }) {
  const map = new Image();
  map.src = address(`/api/photos/${encodeURIComponent(id)}/depth.png`, framed);
  const photo = new Image();
  photo.src = get("photo").url;
  await Promise.all([map.decode(), photo.decode()]);
  const { width, height } = map;
  const near = pixelsOf(width, height, (pen) => pen.drawImage(map, 0, 0));
  const colours = pixelsOf(width, height, (pen) => drawPhoto(pen, photo, width, height, framed));
  const depth = Float32Array.from({ length: width * height }, (_, at) => near[4 * at] / 255);
  return { width, height, colours, near: cut(depth, width, height) };
}

function pixelsOf(width, height, paint) {
  const pen = h("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
  pen.imageSmoothingQuality = "high";
  paint(pen);
  return pen.getImageData(0, 0, width, height).data;
}

/** The photo as the video begins with it: cropped, or whole over a dark blur of itself. */
function drawPhoto(pen, photo, width, height, { fit, focus }) {
  const size = { width: photo.naturalWidth, height: photo.naturalHeight };
  const box = cropBox(size, width, height, focus.split(",").map(Number));
  const crop = [box.left, box.top, box.width, box.height];
  if (fit !== "pad") {
    pen.drawImage(photo, ...crop, 0, 0, width, height);
    return;
  }
  const blurred = h("canvas", { width: 24, height: 24 });
  blurred.getContext("2d").drawImage(photo, ...crop, 0, 0, 24, 24);
  pen.drawImage(blurred, 0, 0, width, height);
  pen.fillStyle = "rgb(0 0 0 / 0.4)";
  pen.fillRect(0, 0, width, height);
  const scale = Math.min(width / size.width, height / size.height);
  const [w, tall] = [size.width * scale, size.height * scale];
  pen.drawImage(photo, (width - w) / 2, (height - tall) / 2, w, tall);
}

/** A move of the word that leads so far to the right and up: its directions, each in part. */
function leaning(moves, word, x, y) {
  const across = moves[`${word}:${x < 0 ? "left" : "right"}`];
  const along = moves[`${word}:${y < 0 ? "down" : "up"}`];
  const sum = (name) => Math.abs(x) * (across?.[name] ?? 0) + Math.abs(y) * (along?.[name] ?? 0);
  const whole = across ?? along;
  return { ...whole, sideways: sum("sideways"), up: sum("up"), closer: whole.closer * Math.min(1, Math.hypot(x, y)) };
}

/** Over the photo on the stage, if that is seen, or else beside the pad. */
function placeFor(aside) {
  const layer = document.querySelector("#stage .crop");
  const { left, top, width, height } = layer.getBoundingClientRect();
  const isSeen = layer.contains(document.elementFromPoint(left + width / 2, top + height / 2));
  return isSeen ? layer.querySelector(".window") : aside;
}
