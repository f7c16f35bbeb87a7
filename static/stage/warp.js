/**
 * A photo seen by a camera that has moved: each pixel of a frame is fetched from where it comes from, as the draft does
 * it (videoai/engines/draft/camera.py says why), small enough for sixty frames a second.
 *
 * @typedef {{sideways: number, up: number, pivot: number, closer: number, backwards: boolean}} Move
 * What POST /api/camera says of one; lengths are fractions of the longer side.
 */

const STEPS = 3; // after which the place that a pixel comes from moves by less than one

/** Where the camera is when `done` of a move is behind it, 0–1; its zoom is just enough that no edge of the photo shows. */
function poseOf({ sideways, up, pivot, closer, backwards }, done, { near, width, height }) {
  const part = backwards ? 1 - done : done;
  const [x, y] = [sideways, up].map((shift) => shift * part * Math.max(width, height));
  const towards = closer * part;
  const [halfAcross, halfDown] = [(width - 1) / 2, (height - 1) / 2];
  const seen = (from, shift, d) => (from + shift * d) / (1 - towards * d) - shift * pivot;
  let [across, down] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]; // how far from the middle the edges are
  for (let row = 0; row < height; row++) {
    const right = seen(halfAcross, x, near[(row + 1) * width - 1]);
    across = Math.min(across, right, -seen(-halfAcross, x, near[row * width]));
  }
  for (let column = 0; column < width; column++) {
    const bottom = seen(halfDown, y, near[(height - 1) * width + column]);
    down = Math.min(down, bottom, -seen(-halfDown, y, near[column]));
  }
  const zoom = Math.max(1, halfAcross / Math.max(across, 0.1 * halfAcross), halfDown / Math.max(down, 0.1 * halfDown));
  return { x, y, towards, pivot, zoom };
}

/**
 * Draws the frame where so much of the move is done into the pixels of `frame`, an ImageData of the scene's size.
 * The scene: `colours` are the photo's, RGBA; `near` is how near each pixel is, 0–1.
 */
export function draw(scene, frame, move, done) {
  const { width, height, near, colours } = scene;
  const { x: shiftX, y: shiftY, towards, pivot, zoom } = poseOf(move, done, scene);
  const midX = (width - 1) / 2;
  const midY = (height - 1) / 2;
  const lastX = width - 1.001; // so that there is one more beyond it
  const lastY = height - 1.001;
  const out = frame.data;
  let at = 0;
  for (let row = 0; row < height; row++) {
    const py = (row - midY) / zoom + shiftY * pivot;
    for (let column = 0; column < width; column++) {
      const px = (column - midX) / zoom + shiftX * pivot;
      let x = inside(px + midX, lastX);
      let y = inside(py + midY, lastY);
      for (let step = 0; step < STEPS; step++) {
        const d = step < STEPS - 1 ? near[((y + 0.5) | 0) * width + ((x + 0.5) | 0)] : between(near, x, y, width);
        const farther = 1 - towards * d;
        x = inside(px * farther - shiftX * d + midX, lastX);
        y = inside(py * farther - shiftY * d + midY, lastY);
      }
      const left = x | 0;
      const top = y | 0;
      const partX = x - left;
      const partY = y - top;
      const from = 4 * (top * width + left);
      const below = from + 4 * width;
      for (let band = 0; band < 3; band++) {
        const above = colours[from + band] + partX * (colours[from + band + 4] - colours[from + band]);
        const under = colours[below + band] + partX * (colours[below + band + 4] - colours[below + band]);
        out[at + band] = above + partY * (under - above);
      }
      out[at + 3] = 255;
      at += 4;
    }
  }
}

/** A value between those of four pixels, in proportion. */
function between(values, x, y, width) {
  const at = (y | 0) * width + (x | 0);
  const partX = x - (x | 0);
  const above = values[at] + partX * (values[at + 1] - values[at]);
  const below = values[at + width] + partX * (values[at + width + 1] - values[at + width]);
  return above + (y - (y | 0)) * (below - above);
}

const inside = (value, last) => Math.min(Math.max(value, 0), last);
