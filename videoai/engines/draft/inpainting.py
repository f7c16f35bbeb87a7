"""What is behind near things, made up of what is around them: for the strip that a camera move uncovers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt, gaussian_filter

Floats = npt.NDArray[np.float32]

_SURE = 0.95
"""From which weight on a pixel is known."""


def spread(values: Floats, weights: Floats) -> Floats:
    """`values` (height, width, n) where `weights` (height, width; 0–1) are 1, and smoothly from there where they are 0.

    Push-pull (Gortler et al. 1996): what is unknown is taken from the same picture in half the size, and so on.
    """
    height, width = weights.shape
    if min(height, width) < 2 or weights.min() > 0:
        total = np.maximum(weights[..., None], 1e-6)
        return (
            values
            if min(height, width) >= 2
            else np.broadcast_to((values * total).sum((0, 1)) / total.sum((0, 1)), values.shape).astype(np.float32)
        )
    small_weights = _halved(weights[..., None])
    small = _halved(values * weights[..., None]) / np.maximum(small_weights, 1e-6)
    coarse = spread(small, np.minimum(2 * small_weights[..., 0], 1))
    filled: Floats = values * weights[..., None] + (1 - weights[..., None]) * _doubled(coarse, height, width)
    return filled


def _halved(values: Floats) -> Floats:
    height, width = values.shape[:2]
    even = np.pad(values, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    return even.reshape(-(-height // 2), 2, -(-width // 2), 2, -1).mean((1, 3), dtype=np.float32)


def _doubled(values: Floats, height: int, width: int) -> Floats:
    """To this size, linearly."""
    for axis, side in ((0, height), (1, width)):
        at = np.clip((np.arange(side, dtype=np.float32) - 0.5) / 2, 0, values.shape[axis] - 1)
        low = np.minimum(at.astype(np.intp), values.shape[axis] - 1)
        high = np.minimum(low + 1, values.shape[axis] - 1)
        part = (at - low).reshape((-1, 1, 1) if axis == 0 else (1, -1, 1))
        values = values.take(low, axis) * (1 - part) + values.take(high, axis) * part
    return values


def inpainted(picture: Floats, known: Floats, reach: float) -> Floats:
    """The picture (height, width, 3) with what is not `known` (height, width; 0–1) filled from what is around it.

    Its colours are spread from the edge; up to `reach` pixels deep it has the grain and texture of what lies as far
    outside the edge, mirrored.
    """
    smooth = spread(picture, known)
    hidden = known < _SURE
    if hidden.all() or not hidden.any():
        return smooth
    sigma = max(2.0, reach / 8)
    detail = (picture - gaussian_filter(smooth, (sigma, sigma, 0), mode="nearest")) * known[..., None]
    rows, columns = np.nonzero(hidden)
    nearest = distance_transform_edt(hidden, return_distances=False, return_indices=True)[:, rows, columns]
    mirrored = 2 * nearest - np.stack([rows, columns])
    for axis, side in enumerate(known.shape):
        mirrored[axis] = np.clip(mirrored[axis], 0, side - 1)
    seen = hidden[mirrored[0], mirrored[1]]
    mirrored[:, seen] = nearest[:, seen]
    filled = smooth.copy()
    filled[rows, columns] += (1 - known[rows, columns, None]) * detail[mirrored[0], mirrored[1]]
    return np.clip(filled, 0, 255)
