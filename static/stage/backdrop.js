/** The photo behind the page: blurred and dimmed, and the one accent colour taken from it. */

import { setStyle } from "../base/dom.js";

const SIDE = 48;
const BRIGHTEST = 84; // of 255: under this, white text holds 6:1 and grey text 4.5:1 even over snow
const SOFTNESS = 62;
const PAPER = "oklch(0.86 0.035 75)"; // the accent without a photo, or of one without colour

let front = 0;
let latest = null;

/** Puts the picture at `url` behind the page; without one it is dark. */
export async function showBackdrop(url) {
  if (url === latest) return;
  latest = url;
  const canvases = document.querySelectorAll(".backdrop canvas");
  if (!url) {
    for (const canvas of canvases) canvas.classList.remove("on");
    setStyle(document.documentElement, { "--accent": PAPER });
    return;
  }
  const image = new Image();
  image.src = url;
  try {
    await image.decode();
  } catch {
    return; // the stage says what is wrong with the picture
  }
  if (url !== latest) return;
  front = 1 - front;
  const context = canvases[front].getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0, SIDE, SIDE);
  const picture = context.getImageData(0, 0, SIDE, SIDE);
  setStyle(document.documentElement, { "--accent": accentOf(picture.data) });
  dim(picture.data);
  context.putImageData(picture, 0, 0);
  canvases[front].classList.add("on");
  canvases[1 - front].classList.remove("on");
}

/** Presses every pixel below a brightness at which the page can be read, the dark ones least. */
function dim(pixels) {
  for (let at = 0; at < pixels.length; at += 4) {
    const [r, g, b] = [pixels[at], pixels[at + 1], pixels[at + 2]];
    const grey = 0.2126 * r + 0.7152 * g + 0.0722 * b;
    const wanted = BRIGHTEST * (1 - Math.exp(-grey / SOFTNESS));
    const scale = wanted / Math.max(grey, 1);
    [r, g, b].forEach((value, index) => {
      const vivid = grey + 1.2 * (value - grey);
      pixels[at + index] = Math.min(1.25 * BRIGHTEST, Math.max(0, vivid * scale));
    });
  }
}

/** The hue that the picture has most of, in a lightness and a chroma that suit dark text on it. */
function accentOf(pixels) {
  const bins = Array.from({ length: 24 }, () => ({ weight: 0, a: 0, b: 0 }));
  let total = 0;
  for (let at = 0; at < pixels.length; at += 4) {
    const [lightness, a, b] = oklab(pixels[at], pixels[at + 1], pixels[at + 2]);
    const chroma = Math.hypot(a, b);
    const weight = chroma * (lightness > 0.2 && lightness < 0.97 ? 1 : 0.2);
    const bin = bins[Math.floor(((Math.atan2(b, a) + Math.PI) / (2 * Math.PI)) * 23.999)];
    bin.weight += weight;
    bin.a += a * weight;
    bin.b += b * weight;
    total += weight;
  }
  const best = bins.reduce((most, bin) => (bin.weight > most.weight ? bin : most));
  if (total / (pixels.length / 4) < 0.012) return PAPER;
  const [a, b] = [best.a / best.weight, best.b / best.weight];
  const chroma = Math.min(0.075, Math.max(0.04, Math.hypot(a, b)));
  const hue = ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;
  return `oklch(0.86 ${chroma.toFixed(3)} ${hue.toFixed(0)})`;
}

/** Björn Ottosson's OKLab of an sRGB colour. */
function oklab(...rgb) {
  const [r, g, b] = rgb.map((value) => {
    const v = value / 255;
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
  });
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}
