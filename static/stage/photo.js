/**
 * The photo in the shape of the video: the dot is what the crop keeps in view. Drag the dot; with a mouse, which has
 * other ways to scroll, the photo under it too.
 */

import { button, h, setStyle } from "../base/dom.js";
import { letDrag } from "../base/drag.js";
import { percent, t } from "../base/language.js";
import { get, watch } from "../base/store.js";
import { resolved, setValues } from "../settings/current.js";

const STEP = 0.02;

/** The part of a photo that a video of this shape shows, in the photo's pixels: the program crops by the same rule. */
export function cropBox(photo, width, height, [x, y]) {
  const scale = Math.min(photo.width / width, photo.height / height);
  const [w, tall] = [Math.min(width * scale, photo.width), Math.min(height * scale, photo.height)];
  const left = Math.min(Math.max(x * photo.width - w / 2, 0), photo.width - w);
  const top = Math.min(Math.max(y * photo.height - tall / 2, 0), photo.height - tall);
  return { left, top, width: w, height: tall };
}

const inside = (value) => Math.min(1, Math.max(0, value));

/** The layer of the stage that shows the photo. */
export function createCrop() {
  const ghost = h("img", { class: "ghost", alt: "", draggable: false });
  const image = h("img", { class: "photo", alt: "", draggable: false });
  const blurred = h("img", { class: "blurred", alt: "", draggable: false });
  const dot = h("div", {
    class: "focus",
    role: "slider",
    tabindex: "0",
    "aria-label": t("Focal point"),
    "aria-valuemin": "0",
    "aria-valuemax": "100",
  });
  const hint = h("p", { class: "crop-hint" }, t("Drag the dot onto what matters"));
  const back = button(t("Back to the subject"), () => setValues({ focus: undefined }), {
    class: "chip crop-back",
    onpointerdown: (event) => event.stopPropagation(), // or it would be a drag
  });
  const layer = h("div", { class: "crop" }, ghost, h("div", { class: "window" }, blurred, image), dot, hint, back);
  const crop = { layer, dot, focus: [0.5, 0.5], dragged: false, place: (box) => place(crop, [image, ghost], box) };

  function show() {
    const photo = get("photo");
    if (!photo || !get("settings") || crop.dragged) return;
    const { width, height, fit, focus } = resolved();
    crop.focus = [...focus];
    for (const element of [image, ghost, blurred]) {
      if (element.getAttribute("src") !== photo.url) element.src = photo.url;
    }
    image.alt = photo.name ? t("Your photo: {name}", { name: photo.name }) : t("Your photo");
    const whole = fit === "pad";
    back.hidden = !photo.subject || !get("settings").values.focus;
    layer.classList.toggle("whole", whole);
    if (whole) {
      for (const element of [image, ghost]) setStyle(element, { width: null, height: null, left: null, top: null });
    } else {
      const box = cropBox(photo, width, height, focus);
      layer.classList.toggle("loose", box.width < photo.width - 1 || box.height < photo.height - 1);
      crop.place(box);
    }
  }

  letMove(crop);
  listenToArrows(crop);
  watch(["photo", "settings", "resolved"], show);
  return layer;
}

/** Shows this part of the photo, and the dot where the focal point is. */
function place({ dot, focus: [x, y] }, images, box) {
  const photo = get("photo");
  const across = {
    width: `${(100 * photo.width) / box.width}%`,
    height: `${(100 * photo.height) / box.height}%`,
    left: `${(-100 * box.left) / box.width}%`,
    top: `${(-100 * box.top) / box.height}%`,
  };
  for (const image of images) setStyle(image, across);
  setStyle(dot, {
    left: `${(100 * (x * photo.width - box.left)) / box.width}%`,
    top: `${(100 * (y * photo.height - box.top)) / box.height}%`,
  });
  dot.setAttribute("aria-valuenow", String(Math.round(100 * x)));
  dot.setAttribute("aria-valuetext", t("{x} across, {y} down", { x: percent(x), y: percent(y) }));
}

const commit = ({ focus }) => setValues({ focus: focus.map((value) => Math.round(value * 1000) / 1000) });

/** The dot, or the photo under it, follows. */
function letMove(crop) {
  const { layer, dot } = crop;
  let drag = null; // {follow, box, start, focus}
  const done = () => {
    const moved = crop.dragged;
    crop.dragged = false;
    layer.classList.remove("dragging");
    return moved;
  };
  letDrag(layer, {
    begin({ target, pointerType, clientX, clientY }) {
      if (!layer.classList.contains("loose") || layer.classList.contains("whole")) return false;
      if (target !== dot && pointerType !== "mouse") return false;
      const { width, height } = resolved();
      drag = {
        follow: target === dot ? dragDot : dragPhoto,
        box: cropBox(get("photo"), width, height, crop.focus),
        start: [clientX, clientY],
        focus: [...crop.focus],
      };
      dot.focus({ preventScroll: true });
      return true;
    },
    move({ clientX, clientY }) {
      const [dx, dy] = [clientX - drag.start[0], clientY - drag.start[1]];
      if (!crop.dragged && Math.hypot(dx, dy) < 3) return;
      crop.dragged = true;
      layer.classList.add("dragging");
      drag.follow(crop, drag, [dx / layer.clientWidth, dy / layer.clientHeight]);
    },
    end: () => done() && commit(crop),
    cancel() {
      done();
      crop.focus = drag.focus;
      crop.place(drag.box);
    },
  });
}

/** The dot by a part of the stage; the crop waits until it is let go, or it would run away under the finger. */
function dragDot(crop, { box, focus: [x, y] }, [dx, dy]) {
  const photo = get("photo");
  crop.focus = [inside(x + (dx * box.width) / photo.width), inside(y + (dy * box.height) / photo.height)];
  crop.place(box);
}

/** The photo under the dot: from where the crop is, not from where the dot is; near an edge these differ. */
function dragPhoto(crop, { box }, [dx, dy]) {
  const photo = get("photo");
  const { width, height } = resolved();
  const centreOf = (part) => [(part.left + part.width / 2) / photo.width, (part.top + part.height / 2) / photo.height];
  const [x, y] = centreOf(box);
  const moved = [inside(x - (dx * box.width) / photo.width), inside(y - (dy * box.height) / photo.height)];
  const next = cropBox(photo, width, height, moved);
  crop.focus = centreOf(next);
  crop.place(next);
}

function listenToArrows(crop) {
  const arrows = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
  crop.dot.addEventListener("keydown", (event) => {
    const step = arrows[event.key];
    if (!step && event.key !== "Home") return;
    event.preventDefault();
    event.stopPropagation();
    const by = event.shiftKey ? 5 * STEP : STEP;
    if (!step) {
      setValues({ focus: undefined }); // where it began
      return;
    }
    crop.focus = crop.focus.map((value, axis) => inside(value + by * step[axis]));
    commit(crop);
  });
}
