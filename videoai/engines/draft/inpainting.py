"""What is behind near things, made up of what is around them: for the strip that a camera move uncovers."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.ndimage import distance_transform_edt

Floats = npt.NDArray[np.floating[Any]]

_GRAIN = 14
"""Levels: what differs more from the colours around it is a thing of its own, of which nobody wants a mirror image."""

_SURE = 0.95
"""From which weight on a pixel is known."""


def spread(values: Floats, weights: Floats) -> Floats:
    """`values` (height, width, n) where `weights` (height, width, 1; 0–1) are 1, and smoothly from there where they are
    0. Push-pull (Gortler et al. 1996): what is unknown is taken from the same picture in half the size, and so on."""
    height, width = weights.shape[:2]
    if max(height, width) == 1:
        return values
    small_weights = _halved(weights)
    small = _halved(values * weights) / np.maximum(small_weights, np.float32(1e-6))
    coarse = _doubled(spread(small, np.minimum(2 * small_weights, 1)), height, width)
    return values * weights + (1 - weights) * coarse


def _halved(values: Floats) -> Floats:
    height, width = values.shape[:2]
    even = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    found: Floats = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    return found


def _doubled(values: Floats, height: int, width: int) -> Floats:
    """To this size, linearly."""
    for axis, side in ((0, height), (1, width)):
        most = values.shape[axis] - 1
        at = np.clip((np.arange(side, dtype=np.float32) - 0.5) / 2, 0, most)
        low = at.astype(np.intp)
        part = (at - low).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        values = values.take(low, axis) * (1 - part) + values.take(np.minimum(low + 1, most), axis) * part
    return values


def reduced(values: Floats, factor: int) -> Floats:
    """Means over squares of `factor` pixels: (height, width, n) in that part of the size, rounded up."""
    bands = [np.asarray(Image.fromarray(band).reduce(factor)) for band in np.moveaxis(values, -1, 0)]
    return np.stack(bands, -1)


def enlarged(values: Floats, factor: int, height: int, width: int) -> Floats:
    """The way back from `reduced`, to the size that it had, linearly."""
    box = (0, 0, width / factor, height / factor)
    bands = [
        np.asarray(Image.fromarray(band).resize((width, height), Image.Resampling.BILINEAR, box))
        for band in np.moveaxis(np.ascontiguousarray(values), -1, 0)
    ]
    return np.stack(bands, -1)


def inpainted(picture: Floats, known: Floats, factor: int) -> Floats:
    """The picture (height, width, 3; 0–255) with what is not `known` (height, width; 0–1) filled from what is around.

    Its colours are spread from the edge, on a picture reduced by `factor`; what is finer than that, grain and texture,
    is what lies as far outside the edge, mirrored.
    """
    hidden = known < _SURE
    if not hidden.any():
        return picture
    height, width = known.shape
    weights = reduced(known[..., None], factor)
    colours = reduced(picture * known[..., None], factor) / np.maximum(weights, np.float32(1e-6))
    smooth = enlarged(spread(colours, weights), factor, height, width)
    rows, columns = np.nonzero(hidden)
    filled = picture * known[..., None] + smooth * (1 - known[..., None])
    if not hidden.all():
        nearest = distance_transform_edt(hidden, return_distances=False, return_indices=True)[:, rows, columns]
        mirrored = 2 * nearest - np.stack([rows, columns])
        outside = ((mirrored < 0) | (mirrored >= np.array([[height], [width]]))).any(0)
        mirrored = np.where(outside, nearest, mirrored)
        mirrored = np.where(hidden[mirrored[0], mirrored[1]], nearest, mirrored)
        detail = np.clip((picture - smooth)[mirrored[0], mirrored[1]], -_GRAIN, _GRAIN)
        filled[rows, columns] += (1 - known[rows, columns, None]) * detail
    return np.clip(filled, 0, 255, out=filled)
