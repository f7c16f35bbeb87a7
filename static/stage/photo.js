/** The photo in the shape of the video: the dot is what the crop keeps in view. Drag the dot, or the photo under it. */

import { h, setStyle } from "../base/dom.js";
import { percent, t } from "../base/language.js";
import { get, watch } from "../base/store.js";
import { resolved, setValues } from "../settings/current.js";

const STEP = 0.02;

/** The part of a photo that a video of this shape shows, in the photo's pixels: the program crops by the same rule. */
function cropBox(photo, width, height, [x, y]) {
  const scale = Math.min(photo.width / width, photo.height / height);
  const [w, h_] = [Math.min(width * scale, photo.width), Math.min(height * scale, photo.height)];
  const left = Math.min(Math.max(x * photo.width - w / 2, 0), photo.width - w);
  const top = Math.min(Math.max(y * photo.height - h_ / 2, 0), photo.height - h_);
  return { left, top, width: w, height: h_ };
}

/** The layer of the stage that shows the photo. */
export function createCrop() {
  const ghost = h("img", { class: "ghost", alt: "", draggable: false });
  const image = h("img", { class: "photo", alt: "", draggable: false });
  const backdrop = h("img", { class: "blurred", alt: "", draggable: false });
  const dot = h("div", {
    class: "focus",
    role: "slider",
    tabindex: "0",
    "aria-label": t("Focal point"),
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  const hint = h("p", { class: "crop-hint" }, t("Drag the dot onto what matters"));
  const layer = h("div", { class: "crop" }, ghost, h("div", { class: "window" }, backdrop, image), dot, hint);

  let drag = null; // {kind: "dot"|"photo", box, start, focus}
  let focus = [0.5, 0.5];

  function place(box) {
    const photo = get("photo");
    const across = {
      width: `${(100 * photo.width) / box.width}%`,
      height: `${(100 * photo.height) / box.height}%`,
      left: `${(-100 * box.left) / box.width}%`,
      top: `${(-100 * box.top) / box.height}%`,
    };
    setStyle(image, across);
    setStyle(ghost, across);
    setStyle(dot, {
      left: `${(100 * (focus[0] * photo.width - box.left)) / box.width}%`,
      top: `${(100 * (focus[1] * photo.height - box.top)) / box.height}%`,
    });
    const where = { x: percent(focus[0]), y: percent(focus[1]) };
    dot.setAttribute("aria-valuenow", String(Math.round(100 * focus[0])));
    dot.setAttribute("aria-valuetext", t("{x} across, {y} down", where));
  }

  function show() {
    const photo = get("photo");
    if (!photo || !get("settings") || drag) return;
    const { width, height, fit, focus: chosen } = resolved();
    focus = [...chosen];
    for (const element of [image, ghost, backdrop]) {
      if (element.getAttribute("src") !== photo.url) element.src = photo.url;
    }
    image.alt = photo.name ? t("Your photo: {name}", { name: photo.name }) : t("Your photo");
    const whole = fit === "pad";
    layer.classList.toggle("whole", whole);
    if (whole) {
      for (const element of [image, ghost]) setStyle(element, { width: null, height: null, left: null, top: null });
    } else {
      const box = cropBox(photo, width, height, focus);
      layer.classList.toggle("loose", box.width < photo.width - 1 || box.height < photo.height - 1);
      place(box);
    }
  }

  const commit = () => setValues({ focus: focus.map((value) => Math.round(value * 1000) / 1000) });

  layer.addEventListener("pointerdown", (event) => {
    if (event.button || !layer.classList.contains("loose") || layer.classList.contains("whole")) return;
    const { width, height } = resolved();
    drag = {
      kind: event.target === dot ? "dot" : "photo",
      box: cropBox(get("photo"), width, height, focus),
      start: [event.clientX, event.clientY],
      focus: [...focus],
      moved: false,
    };
    layer.setPointerCapture(event.pointerId);
    event.preventDefault();
    dot.focus({ preventScroll: true });
  });
  layer.addEventListener("pointermove", (event) => {
    if (!drag) return;
    const photo = get("photo");
    const frame = layer.getBoundingClientRect();
    const [dx, dy] = [event.clientX - drag.start[0], event.clientY - drag.start[1]];
    if (!drag.moved && Math.hypot(dx, dy) < 3) return;
    drag.moved = true;
    layer.classList.add("dragging");
    const { box } = drag;
    const moved = [(dx / frame.width) * (box.width / photo.width), (dy / frame.height) * (box.height / photo.height)];
    const sign = drag.kind === "dot" ? 1 : -1;
    if (drag.kind === "dot") {
      focus = drag.focus.map((value, axis) => Math.min(1, Math.max(0, value + sign * moved[axis])));
      place(box); // the crop waits until the dot is let go, or it would run away under the finger
    } else {
      // From where the crop is, not from where the dot is: near an edge these differ.
      const centre = [(box.left + box.width / 2) / photo.width, (box.top + box.height / 2) / photo.height];
      focus = centre.map((value, axis) => Math.min(1, Math.max(0, value - moved[axis])));
      const { width, height } = resolved();
      const next = cropBox(photo, width, height, focus);
      focus = [(next.left + next.width / 2) / photo.width, (next.top + next.height / 2) / photo.height];
      place(next);
    }
  });
  const end = () => {
    if (!drag) return;
    const { moved } = drag;
    drag = null;
    layer.classList.remove("dragging");
    if (moved) commit();
  };
  layer.addEventListener("pointerup", end);
  layer.addEventListener("pointercancel", end);

  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  dot.addEventListener("keydown", (event) => {
    const step = arrows[event.key];
    if (!step && event.key !== "Home") return;
    event.preventDefault();
    event.stopPropagation();
    const by = event.shiftKey ? 5 * STEP : STEP;
    focus = step ? focus.map((value, axis) => Math.min(1, Math.max(0, value + by * step[axis]))) : [0.5, 0.5];
    commit();
  });

  watch(["photo", "settings"], show);
  return layer;
}
