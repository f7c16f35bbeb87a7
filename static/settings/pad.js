/**
 * A small pad with a knob that is drawn towards a direction, by pointer or by arrow keys, and stays on the nearest there
 * is; the middle is none. A finger drags the knob alone, or taps where it is to go: the page scrolls as ever.
 */

import { h, setStyle } from "../base/dom.js";
import { letDrag } from "../base/drag.js";

const MIDDLE = 0.4; // of the way to the edge: nearer than that is no direction
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1], Home: [0, 0] };
const SENSE = { left: [-1, 0], right: [1, 0], up: [0, 1], down: [0, -1] };

/** Where a direction such as “up-left” leads: to the right and up, each -1, 0 or 1; none, as "", nowhere. */
const senseOf = (way) =>
  [0, 1].map((axis) => way.split("-").reduce((sum, word) => sum + (SENSE[word]?.[axis] ?? 0), 0));

/** The same, as far as the edge of a circle. */
function placeOf(way) {
  const [x, y] = senseOf(way);
  const length = Math.hypot(x, y) || 1;
  return [x / length, y / length];
}

/**
 * `ways()` are the directions there are now. `lean(x, y, way)` is told where the knob is while it is dragged, to the right
 * and up, at most 1 from the middle, and what that would choose; then `take(way)` what is chosen, or `cancel()` that all
 * is to be as it was. `show(way, words)` shows what is chosen.
 */
export function createPad({ label, ways, lean, take, cancel }) {
  const knob = h("div", {
    class: "pad-knob",
    role: "slider",
    tabindex: "0",
    "aria-label": label,
    "aria-valuemin": "0",
  });
  const element = h("div", { class: "pad" }, knob);
  let chosen = "";
  let dragged = false; // since the pointer was last pressed
  let drag = null; // {missed, place}: by how much the pointer was beside the knob, in px; where the knob is now

  const put = ([x, y]) => setStyle(knob, { "--x": x.toFixed(3), "--y": y.toFixed(3) });

  /** Where the pointer means the knob to be. */
  const pointed = ({ clientX, clientY }, [missedX, missedY] = [0, 0]) => {
    const { left, top, width, height } = element.getBoundingClientRect();
    const reach = (width - knob.offsetWidth) / 2;
    const x = isWide(ways()) ? (clientX - missedX - left - width / 2) / reach : 0;
    const y = (top + height / 2 - clientY + missedY) / reach;
    const length = Math.max(1, Math.hypot(x, y));
    return [x / length, y / length];
  };
  const move = (event) => {
    drag.place = pointed(event, drag.missed);
    put(drag.place);
    lean(...drag.place, nearest(ways(), drag.place));
  };
  const release = () => {
    drag = null;
    element.classList.remove("dragging");
    put(placeOf(chosen));
  };

  letDrag(element, {
    begin(press) {
      dragged = false;
      const onKnob = knob.contains(press.target);
      if (press.pointerType !== "mouse" && !onKnob) return false; // it scrolls, or is a tap
      const { left, top, width, height } = knob.getBoundingClientRect();
      const missed = onKnob ? [press.clientX - left - width / 2, press.clientY - top - height / 2] : [0, 0];
      drag = { missed, place: placeOf(chosen) };
      knob.focus({ preventScroll: true });
      element.classList.add("dragging");
      if (!onKnob) move(press);
      return true;
    },
    move,
    end() {
      dragged = true;
      take(nearest(ways(), drag.place));
      release();
    },
    cancel() {
      release();
      cancel();
    },
  });
  // A tap. The click that follows a drag means nothing: by then the pad may have moved.
  element.addEventListener("click", (event) => {
    if (dragged || knob.contains(event.target)) return;
    knob.focus({ preventScroll: true });
    const way = nearest(ways(), pointed(event));
    if (way !== chosen) take(way);
  });
  knob.addEventListener("keydown", (event) => {
    const step = ARROWS[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    const goal = event.key === "Home" ? "0,0" : String(senseOf(chosen).map((each, axis) => clamp(each + step[axis])));
    const way = ["", ...ways()].find((each) => String(senseOf(each)) === goal);
    if (way !== undefined && way !== chosen) take(way);
  });

  const show = (way, words) => {
    chosen = way;
    const all = ways();
    element.classList.toggle("narrow", !isWide(all));
    knob.setAttribute("aria-valuemax", String(all.length));
    knob.setAttribute("aria-valuenow", String(all.indexOf(way) + 1));
    knob.setAttribute("aria-valuetext", words);
    if (!drag) put(placeOf(way));
  };
  return { element, show };
}

const clamp = (value) => Math.min(1, Math.max(-1, value));

/** Whether some of the directions go sideways. */
const isWide = (ways) => ways.some((way) => senseOf(way)[0]);

/** The direction that is nearest to a place; none in the middle. */
function nearest(ways, [x, y]) {
  const along = (way) => placeOf(way)[0] * x + placeOf(way)[1] * y;
  const best = ways.reduce((found, way) => (along(way) > along(found) ? way : found));
  return along(best) < MIDDLE ? "" : best;
}
