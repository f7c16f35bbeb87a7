"""Frames in the colours of a palette, dithered so that nothing crawls.

What error diffusion makes of a pixel depends on all pixels before it, so a still wall shimmers as soon as something
moves beside it. Here a pixel's colour of the palette depends on its own colour and its place alone: for each colour a
list of those of the palette is made whose mean it is, and an ordered matrix of 4×4 says which of them is shown where.
After Thomas Knoll's pattern dithering (US patent 6,606,166, expired).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.spatial import cKDTree

from videoai.events import Pixels
from videoai.media.palette import Floats, as_seen, brightness, cubes

_MATRIX = np.array([[0, 8, 2, 10], [12, 4, 14, 6], [3, 11, 1, 9], [15, 7, 13, 5]])
"""Bayer's: neighbours are far apart in it. Blue noise looks no better at this size, and is packed less well."""

_LENGTH = _MATRIX.size
_STRENGTH = 0.7
"""Of an error that is made good: all of it shows more of a pattern, and makes a file a thirtieth larger."""

_BITS = 7
_NOTHING = 1
"""Of 255: colours are known that exactly, and what differs by no more is the same."""

_STRIP_PIXELS = 1 << 18
"""So much of a frame is looked at at a time, which bounds the memory."""


class Dither:
    """What turns frames into numbers of colours of a palette, (count, 3)."""

    def __init__(self, palette: npt.NDArray[np.uint8]) -> None:
        self._palette = palette.astype(float)
        self._nearest = cKDTree(as_seen(self._palette))
        self._brightness = brightness(palette)
        self._place = np.full(1 << 3 * _BITS, -1, np.int32)
        self._lists = np.empty((0, _LENGTH), np.uint8)

    def __call__(self, frame: Pixels) -> npt.NDArray[np.uint8]:
        """(height, width), of a frame, (height, width, 3)."""
        height, width, _ = frame.shape
        rows = max(4, _STRIP_PIXELS // width // 4 * 4)  # whole turns of the matrix
        return np.concatenate([self._strip(frame[top : top + rows]) for top in range(0, height, rows)])

    def _strip(self, pixels: Pixels) -> npt.NDArray[np.uint8]:
        numbers = cubes(pixels, _BITS)
        self._learn(np.unique(numbers[self._place[numbers] < 0]))
        height, width = numbers.shape
        places = np.tile(_MATRIX, (-(-height // 4), -(-width // 4)))[:height, :width]
        found: npt.NDArray[np.uint8] = self._lists[self._place[numbers], places]
        return found

    def _learn(self, numbers: npt.NDArray[np.int32]) -> None:
        """Make the lists of colours that have not come before."""
        if not len(numbers):
            return
        most = (1 << _BITS) - 1
        parts = np.stack([numbers >> 2 * _BITS, (numbers >> _BITS) & most, numbers & most], axis=1)
        self._place[numbers] = len(self._lists) + np.arange(len(numbers))
        self._lists = np.concatenate([self._lists, self._listed(parts * (255 / most))])

    def _listed(self, colours: Floats) -> npt.NDArray[np.uint8]:
        """For each colour, those of the palette whose mean it is, from dark to bright."""
        owed = np.zeros_like(colours)
        found = np.empty((len(colours), _LENGTH), np.uint8)
        for index in range(_LENGTH):
            _, found[:, index] = self._nearest.query(as_seen(colours + _STRENGTH * owed))
            missed = colours - self._palette[found[:, index]]
            missed[np.abs(missed) <= _NOTHING] = 0
            owed += missed
        order = np.argsort(self._brightness[found], axis=1, kind="stable")
        return np.take_along_axis(found, order, axis=1)
