"""What a crop of a photo is to keep in view: a point of its subject, where that is surely found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.ndimage import label

from videoai.engines.draft.subject import subject_mask
from videoai.events import Map

_SURE = 0.65
"""Part of the picture of which it must be plain whether it is the subject's."""
_LARGEST_THING = 0.7
"""Part of the subject that must hang together: of two persons, neither is the one."""
_LEAST, _MOST = 0.01, 0.6
"""Part of the picture that a subject may take: a speck is an accident, and what fills all of it has no place in it."""
_EDGE = 0.25
"""Part of one of the picture's edges, but for the lower one, that no subject takes."""
_HEAD, _FACE = 0.4, 0.3
"""Of the height of something that stands: its upper part, in which a face would be, and how far down that is."""


def focal_point(pixels: npt.NDArray[np.uint8]) -> tuple[float, float] | None:
    """As fractions across and down of a small picture (about 200 pixels across); None where it is not sure."""
    mask = subject_mask(pixels)
    if (np.abs(mask - 0.5) > 0.4).mean() < _SURE:
        return None
    thing = _largest_thing(mask)
    if thing is None or not _LEAST <= thing.mean() <= _MOST or _is_background(thing):
        return None
    return _point_of(thing)


def _largest_thing(mask: Map) -> npt.NDArray[np.bool_] | None:
    """Where it is; None if it is but one of several."""
    things, count = label(mask > 0.5)
    sizes = np.bincount(things.ravel(), minlength=2)[1:]
    if not count or sizes.max() < _LARGEST_THING * sizes.sum():
        return None
    found: npt.NDArray[np.bool_] = things == 1 + sizes.argmax()
    return found


def _is_background(thing: npt.NDArray[np.bool_]) -> bool:
    """Whether it goes on outside the picture, to a side or above: a meadow, a wall, the sky."""
    return any(float(edge.mean()) > _EDGE for edge in (thing[0], thing[:, 0], thing[:, -1]))


def _point_of(thing: npt.NDArray[np.bool_]) -> tuple[float, float]:
    """The middle of a thing; of what is taller than wide, or comes in from below as people do, the face's place."""
    height, width = thing.shape
    ys, xs = np.nonzero(thing)
    top, bottom = np.percentile(ys, [2, 98])
    stands = bottom - top > np.ptp(np.percentile(xs, [2, 98])) or thing[-1].mean() > 0.1
    if not stands:
        return float((xs.mean() + 0.5) / width), float((ys.mean() + 0.5) / height)
    head = xs[ys <= top + _HEAD * (bottom - top)]
    return float((head.mean() + 0.5) / width), float((top + _FACE * (bottom - top) + 0.5) / height)
