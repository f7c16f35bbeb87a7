/** A slider of the browser, by keyboard and for screen readers; of which fingers drag nothing but the thumb. */

import { h } from "./dom.js";
import { letDrag } from "./drag.js";

const REACH = 22; // px on either side of the middle of the thumb, for a finger

/**
 * The slider `range` in an element that takes the pointer in its place: browsers let a finger change the value from
 * anywhere on the track, and before they know whether it scrolls. A mouse sets the value where it presses, as ever.
 */
export function createSlider(range) {
  const root = h("span", { class: "slider" }, range);
  let held = null; // {value, at}: what it was when the drag began, and by how much the thumb was missed, in px

  /** Where the middle of the thumb goes, in px from the left of the page, and how many px it has. */
  const way = () => {
    const { left, width } = range.getBoundingClientRect();
    const thumb = Number.parseFloat(getComputedStyle(range).getPropertyValue("--thumb"));
    return { from: left + thumb / 2, length: width - thumb };
  };
  const middle = () => {
    const { from, length } = way();
    return from + (length * (range.value - range.min)) / (range.max - range.min || 1);
  };
  const give = (value) => {
    const before = range.value;
    range.value = value; // which the browser puts onto a step
    if (range.value !== before) range.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const move = ({ clientX }) => {
    const { from, length } = way();
    const part = (clientX - held.at - from) / length;
    give(String(Number(range.min) + Math.min(1, Math.max(0, part)) * (range.max - range.min)));
  };
  letDrag(root, {
    sideways: true,
    begin(press) {
      if (range.disabled) return false;
      const missed = press.clientX - middle();
      const onThumb = Math.abs(missed) <= REACH;
      if (press.pointerType !== "mouse" && !onThumb) return false;
      range.focus({ preventScroll: true });
      root.classList.add("dragging");
      held = { value: range.value, at: Math.abs(missed) <= REACH / 2 || press.pointerType !== "mouse" ? missed : 0 };
      if (press.pointerType === "mouse") move(press);
      return true;
    },
    move,
    end() {
      root.classList.remove("dragging");
      range.dispatchEvent(new Event("change", { bubbles: true }));
    },
    cancel() {
      root.classList.remove("dragging");
      give(held.value);
    },
  });
  return root;
}
