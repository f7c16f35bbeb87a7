"""The 255 colours that stand for all those of a clip.

All frames are counted in small cubes of colour, 64 along each side, each with the mean of what fell into it; Pillow's
median cut of these finds 255 to begin with, and some turns of k-means move them to where the errors are least. The
memory that this takes does not grow with the clip.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy.spatial import cKDTree

from videoai.events import Pixels

MOST = 255
"""One of the 256 is left to say “as before”, which makes files smaller."""

Floats = npt.NDArray[np.float64]

_BITS = 6
_TURNS = 12
_MOST_TIMES = 200
"""A cube is put before median cut as often as the root of its count, at most so often: rare colours are seen, too."""

_LUMA = np.array([0.299, 0.587, 0.114])
_SEEN = np.sqrt(3 * _LUMA)
"""How much a difference in red, green and blue is seen."""


def as_seen(colours: Floats) -> Floats:
    """Where colours are in a space in which distances are about those that the eye sees."""
    found: Floats = colours * _SEEN
    return found


def brightness(colours: npt.NDArray[np.uint8]) -> Floats:
    """Of each colour."""
    found: Floats = colours @ _LUMA
    return found


def cubes(pixels: Pixels, bits: int) -> npt.NDArray[np.int32]:
    """For each pixel the number of its cube of colour, of 2^bits along each side."""
    red, green, blue = ((pixels[..., channel] >> (8 - bits)).astype(np.int32) for channel in range(3))
    found: npt.NDArray[np.int32] = (red << 2 * bits) | (green << bits) | blue
    return found


class Colours:
    """The colours of a clip, counted frame by frame."""

    def __init__(self) -> None:
        self._counts = np.zeros(1 << 3 * _BITS)
        self._sums = np.zeros((3, 1 << 3 * _BITS))

    def add(self, frame: Pixels) -> None:
        """Count those of one more frame."""
        numbers = cubes(frame, _BITS).ravel()
        self._counts += np.bincount(numbers, minlength=self._counts.size)
        for channel, sums in enumerate(self._sums):
            sums += np.bincount(numbers, frame[..., channel].ravel(), self._counts.size)

    def palette(self) -> npt.NDArray[np.uint8]:
        """At most 255 colours, (count, 3)."""
        there = np.flatnonzero(self._counts)
        counts = self._counts[there]
        colours = (self._sums[:, there] / counts).T
        if len(there) <= MOST:
            return np.rint(colours).astype(np.uint8)
        return _moved(_median_cut(colours, counts), colours, counts)


def _median_cut(colours: Floats, counts: Floats) -> Floats:
    times = np.clip(np.sqrt(counts) / 2, 1, _MOST_TIMES).astype(int)
    picture = Image.fromarray(np.repeat(np.rint(colours).astype(np.uint8), times, axis=0)[None])
    found = picture.quantize(MOST, method=Image.Quantize.MEDIANCUT).getpalette() or []
    return np.array(found, float).reshape(-1, 3)[:MOST]


def _moved(palette: Floats, colours: Floats, counts: Floats) -> npt.NDArray[np.uint8]:
    """Each colour of the palette to the mean of those that it stands for, again and again."""
    for _ in range(_TURNS):
        _, nearest = cKDTree(as_seen(palette)).query(as_seen(colours))
        stands_for = np.bincount(nearest, counts, len(palette))
        for channel in range(3):
            sums = np.bincount(nearest, counts * colours[:, channel], len(palette))
            np.divide(sums, stands_for, out=palette[:, channel], where=stands_for > 0)
    return np.rint(palette).astype(np.uint8)
