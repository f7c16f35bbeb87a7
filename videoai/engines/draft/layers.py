"""A photo as layers, one behind the other: each moves by its own depth, and what it hides is filled in behind it.

One sheet that is bent by depth is stretched like rubber where near meets far. Cut there, near things keep their shape,
and the camera looks behind them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter, grey_dilation

from videoai.engines.draft.inpainting import Floats, inpainted, spread
from videoai.engines.draft.subject import Map
from videoai.events import Pixels

_MOST = 3
_JUMP = 0.06
"""From how much disparity on, between pixels a few apart, near and far are two things."""
_SPAN = 5
"""Over how many pixels: what is sharper than this in depth cannot be told."""
_WORTH = 0.15
"""Part of the picture's shorter side that a cut must at least be long, else nothing would be seen of it."""
_FEATHER = 1.0


@dataclass(frozen=True, slots=True)
class Layer:
    """Colours (height, width, 3) 0–255, how much of them covers what is behind (height, width) 0–1, and how near
    they are: smooth, over the whole picture."""

    colours: Floats
    cover: Map
    near: Map


def layers_of(photo: Pixels, near: Map, reach: float) -> list[Layer]:
    """The photo's layers from the nearest to the furthest, which covers all. Laid on each other they are the photo.

    `near` is the photo's disparity, with edges where the picture has them; `reach` how far disparity 1 will at most be
    displaced against disparity 0, in pixels. Each layer's disparity is so smooth that nothing is folded over.
    """
    picture, found = photo.astype(np.float32), []
    for cut in cuts(near):
        front, picture, near = _peeled(picture, near, cut, reach)
        found.append(front)
    return [*(_softened(layer, reach) for layer in found), _softened(Layer(picture, np.ones_like(near), near), reach)]


def cuts(near: Map) -> list[float]:
    """The disparities, from the nearest, between which the most of the picture's jumps in depth lie."""
    low, high = [], []
    for axis in (0, 1):
        ahead = np.roll(near, -_SPAN, axis)
        inside = np.s_[:-_SPAN] if axis == 0 else np.s_[:, :-_SPAN]
        a, b = near[inside].ravel(), ahead[inside].ravel()
        jumps = np.abs(a - b) > _JUMP
        low.append(np.minimum(a, b)[jumps])
        high.append(np.maximum(a, b)[jumps])
    bottom, top = np.concatenate(low), np.concatenate(high)
    found: list[float] = []
    levels = np.linspace(0.02, 1.2, 60, dtype=np.float32)
    while len(found) < _MOST - 1 and bottom.size:
        between = (bottom[None] < levels[:, None]) & (levels[:, None] < top[None])
        weights = between @ (top - bottom)
        if between[weights.argmax()].sum() < _WORTH * min(near.shape) * _SPAN:
            break
        # Of levels that part the same jumps, the middle one.
        best = np.flatnonzero(weights >= 0.98 * weights.max())
        cut = float(levels[best].mean())
        found.append(cut)
        apart = (bottom < cut) & (cut < top)
        bottom, top = bottom[~apart], top[~apart]
    return sorted(found, reverse=True)


def _peeled(picture: Floats, near: Map, cut: float, reach: float) -> tuple[Layer, Floats, Map]:
    """What is nearer than a cut, and the picture and the disparity behind it.

    Near an edge a map has values between those of both sides, as the picture has: they tell how much of a pixel is
    the front's (as a matte does).
    """
    edge = _edges(near, cut)
    ahead, behind = (spread(near[..., None], (side & ~edge).astype(np.float32)) for side in (near >= cut, near < cut))
    ahead, behind = ahead[..., 0], behind[..., 0]
    apart = ahead - behind
    cover = np.where(edge & (apart > _JUMP / 2), (near - behind) / np.maximum(apart, _JUMP / 2), near >= cut)
    cover = gaussian_filter(np.clip(cover, 0, 1).astype(np.float32), _FEATHER)
    hidden = np.clip(1 - grey_dilation(cover, 5) * 1.05, 0, 1)
    back = inpainted(picture, hidden.astype(np.float32), reach)
    return Layer(_unmixed(picture, back, cover), cover, ahead), back, np.where(hidden > 0.95, near, behind)


def _edges(near: Map, cut: float) -> np.ndarray:
    """Where a map passes from one side of a cut to the other."""
    from scipy.ndimage import maximum_filter, minimum_filter

    most, least = maximum_filter(near, _SPAN), minimum_filter(near, _SPAN)
    found: np.ndarray = (least < cut) & (cut <= most) & (most - least > _JUMP)
    return found


def _unmixed(picture: Floats, back: Floats, cover: Map) -> Floats:
    """The colours of the front alone, where pixels are a mixture: so that over `back` they are the picture again."""
    part = np.maximum(cover, 0.02)[..., None]
    return np.clip(back + (picture - back) / part, 0, 255)


def _softened(layer: Layer, reach: float) -> Layer:
    """With a disparity that changes slowly compared with what it displaces.

    Half of what a jump moves as the blur keeps the warp's slope under 0.7: no fold, no visible pull.
    """
    span = float(np.ptp(layer.near[layer.cover > 0.05])) if (layer.cover > 0.05).any() else 0.0
    sigma = max(1.0, 0.5 * reach * span)
    return Layer(layer.colours, layer.cover, gaussian_filter(layer.near, sigma, mode="nearest"))
