/** The line between two pictures that lie over each other: it goes where the finger is, and with the arrow keys. */

import { h } from "../base/dom.js";
import { letDrag } from "../base/drag.js";
import { percent } from "../base/language.js";

/** The area to lay over the pictures, and `place(percent)`; `onmove(percent)` is told where the line is. */
export function createWipe(label, onmove) {
  const cut = h("input", {
    type: "range",
    class: "sr",
    min: "0",
    max: "100",
    "aria-label": label,
    oninput: () => place(Number(cut.value)),
  });
  const area = h("div", { class: "wipe" }, h("div", { class: "compare-line", "aria-hidden": "true" }), cut);
  let before = 50;
  const place = (value) => {
    cut.value = String(value);
    cut.setAttribute("aria-valuetext", percent(value / 100));
    onmove(value);
  };
  const follow = ({ clientX }) => {
    const { left, width } = area.getBoundingClientRect();
    place(Math.min(100, Math.max(0, (100 * (clientX - left)) / width)));
  };
  letDrag(area, {
    sideways: true,
    begin(press) {
      before = Number(cut.value);
      cut.focus({ preventScroll: true });
      follow(press);
    },
    move: follow,
    cancel: () => place(before),
  });
  return { area, cut, place };
}
