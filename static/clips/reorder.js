/** Dragging a row of a list to another place. The list may change meanwhile: a row may come or go, the dragged one too. */

import { setStyle } from "../base/dom.js";

/** Lets `grip` drag the row it is in; `place(index)` is called with the row's new place when it is let go elsewhere. */
export function letReorder(grip, place) {
  grip.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    const row = grip.closest("li");
    const list = row.parentElement;
    const held = event.clientY - row.getBoundingClientRect().top; // where in the row the finger is
    let y = event.clientY;
    let to = 0;

    const show = () => {
      const rows = [...list.children];
      const from = rows.indexOf(row);
      if (from < 0) {
        end(); // it runs now, or was cancelled
        return;
      }
      // By where the rows lie, not by where they are shown: the list may have scrolled, or have other rows by now.
      const height = row.offsetHeight;
      const top = y - held - list.getBoundingClientRect().top + list.offsetTop;
      const others = rows.filter((other) => other !== row);
      const middleOf = (other, index) => other.offsetTop + other.offsetHeight / 2 - (index < from ? 0 : height);
      to = others.filter((other, index) => middleOf(other, index) < top).length;
      for (const [index, other] of others.entries()) {
        const shift = index < from && index >= to ? height : index >= from && index < to ? -height : 0;
        setStyle(other, { transform: shift ? `translateY(${shift}px)` : null });
      }
      setStyle(row, { transform: `translateY(${top - row.offsetTop}px)` });
    };
    const follow = (moving) => {
      y = moving.clientY;
      show();
    };
    const changes = new MutationObserver(show);
    const end = () => {
      changes.disconnect();
      grip.removeEventListener("pointermove", follow);
      grip.removeEventListener("pointercancel", end);
      grip.removeEventListener("lostpointercapture", drop);
      row.classList.remove("dragged");
      for (const other of [row, ...list.children]) setStyle(other, { transform: null });
    };
    const drop = () => {
      const from = [...list.children].indexOf(row);
      end();
      if (from >= 0 && to !== from) place(to);
    };
    to = [...list.children].indexOf(row);
    row.classList.add("dragged");
    grip.setPointerCapture(event.pointerId);
    grip.addEventListener("pointermove", follow);
    grip.addEventListener("pointercancel", end);
    grip.addEventListener("lostpointercapture", drop);
    changes.observe(list, { childList: true });
  });
}
