"""A photo as layers, one behind the other: each moves by its own depth, and what it hides is filled in behind it.

One sheet that is bent by depth is stretched like rubber where near meets far. Cut there, near things keep their shape,
and the camera looks behind them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter, maximum_filter, minimum_filter

from videoai.engines.draft.inpainting import Floats, enlarged, inpainted, reduced, spread
from videoai.events import Map, Pixels

_MOST = 3
_JUMP = 0.1
"""From how much disparity on, between pixels a few apart, near and far are two things."""
_WORTH = 0.25
"""Part of the picture's shorter side that an edge must at least be long, else nothing would be seen of the cut."""
_SEEN = 0.02
"""From how much of a pixel on a layer is seen there."""
_PLANE = 100
"""Pixels of which there must be as many to tell how they lean."""
_WORKING_SIDE = 224
"""Pixels of the longer side that disparities and colours are spread on."""


@dataclass(frozen=True, slots=True)
class Layer:
    """Colours (height, width, 3), 0–255; how much of them covers what is behind, `cover` (height, width), 0–1; and how
    near they are, `near`: smooth, over the whole picture, in a part of its size (see `reduced`).

    Laid on each other, those that are `as_photo` are the photo."""

    colours: Pixels
    cover: Map
    near: Map
    factor: int
    as_photo: bool = True


def layers_of(photo: Pixels, near: Map, reach: float) -> list[Layer]:
    """The photo's layers from the nearest to the furthest, which covers all. Laid on each other they are the photo.

    `near` is the photo's disparity (height, width), with edges where the picture has them; `reach` how far disparity 1
    will at most be displaced against disparity 0, in pixels. Each layer's disparity is so smooth that nothing folds.
    """
    factor = max(1, round(max(near.shape) / _WORKING_SIDE))
    picture = photo.astype(np.float32)
    found = []
    for cut in cuts(near, 2 * factor + 3):
        cover, ahead, behind = parted(near, cut, factor)
        known = np.clip(1 - 2 * cover, 0, 1)
        back = inpainted(picture, known, factor)
        cover = np.maximum(cover, _least_cover(picture, back) * (cover > _SEEN))
        found.append(_layer(_unmixed(picture, back, cover), cover, ahead, reach, factor))
        picture, near = back, np.where(known >= 1, near, behind)
    return [*found, _layer(picture, np.ones_like(near), near, reach, factor)]


def cuts(near: Map, span: int) -> list[float]:
    """The disparities, from the nearest, between which the most of the picture's jumps in depth lie.

    A jump is a difference between pixels that are `span` apart.
    """
    least, most = minimum_filter(near, span), maximum_filter(near, span)
    jumps = most - least > _JUMP
    levels = np.linspace(0.02, 0.98, 49, dtype=np.float32)
    found: list[float] = []
    while len(found) < _MOST - 1 and jumps.any():
        low, high = least[jumps], most[jumps]
        between = (low[None] < levels[:, None]) & (levels[:, None] <= high[None])
        weights = between @ (high - low)
        if between[weights.argmax()].sum() < _WORTH * min(near.shape) * span:
            break
        # Of levels that part as much, the middle one.
        cut = float(levels[weights >= 0.98 * weights.max()].mean())
        found.append(cut)
        parting = (least < cut) & (cut <= most) & jumps
        jumps &= ~maximum_filter(parting, 2 * span + 1)
    return sorted(found, reverse=True)


def parted(near: Map, cut: float, factor: int) -> tuple[Map, Map, Map]:
    """How much of each pixel is nearer than a cut, 0–1; and the disparity of both sides, spread over the whole picture.

    At an edge a map has values between those of both sides, as the picture has colours: they tell how much of a pixel
    is which side's, as a matte does.
    """
    height, width = near.shape
    span = 2 * factor + 3
    least, most = minimum_filter(near, span), maximum_filter(near, span)
    edge = (least < cut) & (cut <= most) & (most - least > _JUMP)
    sides = []
    for side in (near >= cut, near < cut):
        sure = (side & ~edge).astype(np.float32)[..., None]
        weights = reduced(sure, factor)
        values = reduced(near[..., None] * sure, factor) / np.maximum(weights, np.float32(1e-6))
        sides.append(enlarged(spread(values, weights), factor, height, width)[..., 0])
    ahead, behind = sides
    apart = ahead - behind
    mixed = np.clip((near - behind) / np.maximum(apart, _JUMP / 2), 0, 1)
    cover = np.where(edge & (apart > _JUMP / 2), mixed, near >= cut).astype(np.float32)
    # An edge of depth is seldom quite where the picture has it: rather a rim of what is behind goes along with the
    # front than one of the front stays behind.
    return gaussian_filter(maximum_filter(cover, 3), 0.7), ahead, behind


def _least_cover(picture: Floats, back: Floats) -> Map:
    """How much of each pixel must be the front's at least for there to be a colour of it that explains the picture."""
    lighter, darker = (picture - back) / np.maximum(255 - back, 1), (back - picture) / np.maximum(back, 1)
    found: Map = np.clip(np.maximum(lighter, darker).max(-1), 0, 1).astype(np.float32)
    return found


def _unmixed(picture: Floats, back: Floats, cover: Map) -> Floats:
    """The colours of the front alone, where pixels are a mixture: so that over `back` they are the picture again."""
    return np.clip(back + (picture - back) / np.maximum(cover, 1 / 64)[..., None], 0, 255)


def _layer(colours: Floats, cover: Map, near: Map, reach: float, factor: int) -> Layer:
    """With a disparity that changes slowly compared with what it displaces.

    Half of what its range is moved by as the blur keeps the warp's slope under 0.7: no fold, no visible pull. The plane
    that lies in it best is not blurred, so that what is straight on it stays so to the picture's edge.
    """
    small: npt.NDArray[np.float32] = reduced(near[..., None], factor)[..., 0]
    seen = reduced(cover[..., None], factor)[..., 0] > _SEEN
    plane = _plane_in(small, seen)
    relief = small - plane
    span = float(np.ptp(relief[seen])) if seen.any() else 0.0
    smooth = plane + gaussian_filter(relief, max(0.5, 0.5 * reach * span / factor), mode="nearest")
    return Layer(np.rint(colours).astype(np.uint8), cover, smooth, factor)


def _plane_in(near: Map, seen: npt.NDArray[np.bool_]) -> Map:
    """The plane of disparity that a layer lies in best, over the whole picture; a level one of little."""
    rows, columns = near.shape
    down = np.repeat(np.arange(rows, dtype=np.float32)[:, None], columns, 1)
    across = np.repeat(np.arange(columns, dtype=np.float32)[None, :], rows, 0)
    if seen.sum() < _PLANE:
        return np.full_like(near, near[seen].mean() if seen.any() else 0)
    ones = np.ones_like(near)
    terms = np.stack([ones[seen], down[seen], across[seen]], 1)
    # Rounded, so that no other version of LAPACK gives another draft.
    level, by_row, by_column = (round(float(term), 6) for term in np.linalg.lstsq(terms, near[seen], rcond=None)[0])
    found: Map = level + by_row * down + by_column * across
    return found
