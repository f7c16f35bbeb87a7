/** Dragging, by mouse and by finger. Scrolling wins: a finger drags only what its first movement means to drag. */

const CLEAR = 6; // px after which a finger has said what it wants

/**
 * Lets `element` be dragged. `begin(press)` may refuse by false; then come `move(event)`, with what lies under the
 * finger, and `end()`, or `cancel()`, where all is to be again as it was. A mouse begins when it presses; a finger when
 * it has moved, or is lifted without: until then it may be about to scroll. With `sideways`, a finger that moves up or
 * down scrolls; the style of the element has to say so to the browser too (`touch-action`).
 */
export function letDrag(element, { begin, move, end = () => {}, cancel, sideways = false }) {
  let press = null;
  let going = false;

  const start = () => {
    going = begin(press) !== false;
    if (!going) press = null;
  };
  element.addEventListener("pointerdown", (event) => {
    if (event.button || !event.isPrimary) return;
    press = event;
    going = false;
    if (event.pointerType === "mouse") {
      event.preventDefault(); // no text is chosen, and no picture carried away
      start();
    }
    if (press) element.setPointerCapture(event.pointerId);
  });
  element.addEventListener("pointermove", (event) => {
    if (event.pointerId !== press?.pointerId) return;
    if (!going) {
      const [dx, dy] = [Math.abs(event.clientX - press.clientX), Math.abs(event.clientY - press.clientY)];
      if (Math.max(dx, dy) < CLEAR) return;
      if (sideways && dy >= dx) press = null;
      else start();
    }
    if (going) move(event);
  });
  element.addEventListener("pointerup", (event) => {
    if (event.pointerId !== press?.pointerId) return;
    if (!going) start();
    if (going) end();
    press = null;
    going = false;
  });
  // It comes after every end; what has not ended by then was taken away: the page scrolls, or the system wants the finger.
  element.addEventListener("lostpointercapture", (event) => {
    if (event.pointerId !== press?.pointerId) return;
    press = null;
    if (going) cancel();
    going = false;
  });
}
