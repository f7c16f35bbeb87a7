/**
 * A photo seen by a camera that has moved: each pixel of a frame is fetched from where it comes from, as the draft does
 * it (videoai/engines/draft/camera.py says why), small enough for sixty frames a second.
 *
 * @typedef {{sideways: number, up: number, pivot: number, closer: number, backwards: boolean}} Move
 * What POST /api/camera says of one; lengths are fractions of the longer side.
 */

const LAYERS = 24; // of depth, at the most, in which a pixel is looked for
const AROUND = 3; // pixels on either side, among which a jump of depth is looked for
const JUMP = 0.12; // from how much on, near and far are two things
const RIM = 0.3; // of a soft edge, the part that is left to what is behind: the rest goes with the thing it is the rim of
const BESIDE = 4; // pixels from an edge on, where there is nothing of the thing in what is behind it
const SLOPE = 0.08; // by how much more than a look has come a thing may be nearer, and still be met by it

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

/** The map with what lies between two things, on a soft edge, given to the nearer one of them in depth. */
export function cut(near, width, height) {
  const [low, high] = [Math.min, Math.max].map((extreme) =>
    around(around(near, width, height, 1, extreme), width, height, width, extreme),
  );
  return near.map((d, at) => {
    if (high[at] - low[at] < JUMP) return d;
    return d - low[at] < RIM * (high[at] - low[at]) ? low[at] : high[at];
  });
}

/** The extreme of each pixel and those beside it: one way, in which `stride` is from one to the next. */
function around(values, width, height, stride, extreme) {
  const [length, place] = stride === 1 ? [width, (at) => at % width] : [height, (at) => (at / width) | 0];
  return values.map((value, at) => {
    const here = place(at);
    let found = value;
    for (let by = -Math.min(AROUND, here); by <= AROUND && here + by < length; by++)
      found = extreme(found, values[at + by * stride]);
    return found;
  });
}

/**
 * Draws the frame where so much of the move is done into the pixels of `frame`, an ImageData of the scene's size.
 * The scene: `colours` are the photo's, RGBA; `near` is how near each pixel is, 0–1.
 *
 * Each pixel is looked for from near to far: the first thing that is as near as the look has come is seen. Where a look
 * only passes behind something, what it uncovers is as its edge is on the far side.
 */
export function draw(scene, frame, move, done) {
  const { width, height, near, colours } = scene;
  const { x: shiftX, y: shiftY, towards, pivot, zoom } = poseOf(move, done, scene);
  const midX = (width - 1) / 2;
  const midY = (height - 1) / 2;
  const lastX = width - 1.001; // so that there is one more beyond it
  const lastY = height - 1.001;
  const farthest = Math.hypot(shiftX, shiftY) + towards * Math.hypot(midX, midY); // that a pixel can be moved
  const layers = Math.max(3, Math.min(LAYERS, Math.ceil(farthest)));
  const step = 1 / layers;
  const beside = step + BESIDE / Math.max(farthest, BESIDE);
  const out = frame.data;
  let at = 0;
  for (let row = 0; row < height; row++) {
    const py = (row - midY) / zoom + shiftY * pivot;
    for (let column = 0; column < width; column++) {
      const px = (column - midX) / zoom + shiftX * pivot;
      let d = 1;
      let x = 0;
      let y = 0;
      let gap = 0; // by how much what is there is farther than the look has come; less than 0: nearer
      let uncovered = -1; // how near the look was when it passed behind something
      for (let layer = 0; layer <= layers; layer++) {
        const before = gap;
        d = 1 - layer * step;
        x = inside(px * (1 - towards * d) - shiftX * d + midX, lastX);
        y = inside(py * (1 - towards * d) - shiftY * d + midY, lastY);
        gap = d - near[((y + 0.5) | 0) * width + ((x + 0.5) | 0)];
        if (gap > 0 || (layer > 0 && before <= 0)) continue;
        if (gap > -step - SLOPE) {
          d += step * (layer > 0 ? gap / (gap - before) : 0); // between the two, in proportion
          uncovered = -1;
          break;
        }
        if (uncovered < 0) uncovered = Math.min(1, d + beside);
      }
      if (uncovered >= 0) d = uncovered;
      x = inside(px * (1 - towards * d) - shiftX * d + midX, lastX);
      y = inside(py * (1 - towards * d) - shiftY * d + midY, lastY);
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

const inside = (value, last) => Math.min(Math.max(value, 0), last);
