"""Shallow depth of field: what is nearer or further than the focal point is blurred, each layer for itself.

So nothing sharp runs into what is blurred behind it, as it would if the photo itself were blurred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from scipy.ndimage import gaussian_filter

from videoai.engines.draft.inpainting import Floats, enlarged
from videoai.engines.draft.layers import Layer
from videoai.events import Map

_WIDEST = 0.03
"""The standard deviation of the strongest blur, at a disparity of 1 from the focal point: a part of the longer side."""
_SHARP = 0.04
"""A difference in disparity that is still sharp, as within a face."""
_LEVELS = 4
_AROUND = 0.03
"""Of the picture, around the focal point: what is looked at there."""


def depth_at(near: Map, point: tuple[float, float]) -> float:
    """The disparity at a point (across, down, as fractions) of a map: the median of what is around it."""
    height, width = near.shape
    reach = max(1, round(_AROUND * max(height, width)))
    row, column = min(int(point[1] * height), height - 1), min(int(point[0] * width), width - 1)
    found = near[max(0, row - reach) : row + reach + 1, max(0, column - reach) : column + reach + 1]
    return float(np.median(found))


def blurred(layers: Sequence[Layer], focus: float, strength: int) -> list[Layer]:
    """The same layers, in focus at the disparity `focus`; `strength` is 1 to 100."""
    return [_blurred(layer, focus, strength / 100 * _WIDEST * max(layer.cover.shape)) for layer in layers]


def _blurred(layer: Layer, focus: float, widest: float) -> Layer:
    """Between a few strengths of blur, each pixel has its own; the edge of what is not sharp is blurred with it."""
    height, width = layer.cover.shape
    near = enlarged(layer.near[..., None], layer.factor, height, width)[..., 0]
    sigma = widest * np.maximum(np.abs(near - focus) - _SHARP, 0)
    most = float(sigma.max())
    if most < 0.3:
        return replace(layer, as_photo=False)
    covered = np.dstack([layer.colours * layer.cover[..., None], layer.cover])
    found = _between([gaussian_filter(covered, (s, s, 0)) for s in np.linspace(0, most, _LEVELS)], sigma / most)
    opaque = bool(layer.cover.min() >= 1)
    cover = np.ones_like(layer.cover) if opaque else np.clip(found[..., 3], 0, 1).astype(np.float32)
    colours = np.clip(np.rint(found[..., :3] / np.maximum(found[..., 3:], 1 / 255)), 0, 255)
    return replace(layer, colours=colours.astype(np.uint8), cover=cover, as_photo=False)


def _between(pictures: Sequence[Floats], part: Map) -> Floats:
    """At each pixel the picture that is so far (0–1) between the first and the last of some."""
    at = np.clip(part, 0, 1)[..., None] * (len(pictures) - 1)
    found: Floats = sum(picture * np.maximum(1 - np.abs(at - index), 0) for index, picture in enumerate(pictures))
    return found
