"""Colours and sharpness, held from one part of a clip to the next.

What a model shows first is the frame that it was given, as it came through its encoder and decoder: a little softer, a
little off in its colours. From part to part that would add up. Both are the same picture, so that the difference
tells what the model does to it, and the whole part is corrected by that: the clip goes on as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.ndimage import gaussian_filter

from videoai.events import Pixels

Numbers = npt.NDArray[np.float32]
Matrix = npt.NDArray[np.float64]

_CELL = 8
"""Colours are compared in means of so many pixels squared, where neither softness nor a grain counts."""
_FAINT = 4.0
"""A variance, levels squared: what differs less within a picture says nothing of its contrast."""
_MOST_CONTRAST = 1.25
_MOST_SHARPNESS = 2.0
"""So much is corrected at most, either way: what differs by more is no longer the same picture."""

_BANDS = (0.7, 1.4, 2.8)
"""Fine detail is what these blurs take away, each beside the one before: standard deviations in pixels."""
_FAINT_DETAIL = 0.1
_ROUNDS = 3
"""The bands overlap: how much each is to be raised is found in so many rounds."""

_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


def held(frames: Iterator[Pixels], photo: Pixels) -> Iterator[Pixels]:
    """The frames of a part that goes on from `photo`, without the first, which shows that again."""
    correction = Correction.between(next(frames), photo)
    for pixels in frames:
        yield correction(pixels)


@dataclass(frozen=True, slots=True)
class Correction:
    """A linear map of colours, and by how much fine detail is raised, band by band."""

    matrix: Matrix
    before: Matrix
    after: Matrix
    gains: tuple[float, ...]

    @staticmethod
    def between(found: Pixels, wanted: Pixels) -> Correction:
        """What gives `found` the colours and the sharpness of `wanted`, another copy of the same picture."""
        matrix, before, after = _colours(found, wanted)
        recoloured = Correction(matrix, before, after, ())._recoloured(found)
        return Correction(matrix, before, after, _sharpness(recoloured @ _LUMA, wanted.astype(np.float32) @ _LUMA))

    def __call__(self, frame: Pixels) -> Pixels:
        """The frame, corrected."""
        numbers = self._recoloured(frame)
        luma = numbers @ _LUMA
        numbers += (_raised(luma, self.gains) - luma)[..., None]
        corrected: Pixels = np.clip(np.rint(numbers), 0, 255).astype(np.uint8)
        return corrected

    def _recoloured(self, frame: Pixels) -> Numbers:
        # Into float32 at once: a frame in float64 takes as much as eight of its own.
        matrix = self.matrix.astype(np.float32)
        offset = (self.after - self.matrix @ self.before).astype(np.float32)
        return frame.astype(np.float32) @ matrix.T + offset


def _colours(found: Pixels, wanted: Pixels) -> tuple[Matrix, Matrix, Matrix]:
    """The linear map that changes colours least and gives them the mean and covariance that are wanted.

    Pitié and Kokaram 2007 (Monge-Kantorovitch). A regression would lower the contrast a little with each part: by what
    is noise in one of the pictures.
    """
    (before, spread), (after, wanted_spread) = _moments(found), _moments(wanted)
    root = _power(spread, 0.5)
    back = _power(spread, -0.5)
    matrix = back @ _power(root @ wanted_spread @ root, 0.5) @ back
    values, vectors = np.linalg.eigh(matrix)
    values = np.clip(values, 1 / _MOST_CONTRAST, _MOST_CONTRAST)
    return vectors * values @ vectors.T, before, after


def _moments(picture: Pixels) -> tuple[Matrix, Matrix]:
    """Mean and covariance of the colours of its cells."""
    height, width, _ = picture.shape
    rows, columns = height // _CELL, width // _CELL
    whole = picture[: rows * _CELL, : columns * _CELL]
    cells = whole.reshape(rows, _CELL, columns, _CELL, 3).mean((1, 3)).reshape(-1, 3)
    return cells.mean(0), np.cov(cells, rowvar=False) + _FAINT * np.eye(3)


def _power(matrix: Matrix, exponent: float) -> Matrix:
    """Of a symmetric positive matrix."""
    values, vectors = np.linalg.eigh(matrix)
    raised: Matrix = vectors * values**exponent @ vectors.T
    return raised


def _sharpness(found: Numbers, wanted: Numbers) -> tuple[float, ...]:
    """By how much each band of `found` is to be raised to have the energy that it has in `wanted`."""
    energies = [_energy(band) for band in _bands(wanted)]
    gains = [1.0] * len(_BANDS)
    for _ in range(_ROUNDS):
        now = [_energy(band) for band in _bands(_raised(found, gains))]
        gains = [
            min(max(gain * (there / here) ** 0.5, 1 / _MOST_SHARPNESS), _MOST_SHARPNESS)
            for gain, there, here in zip(gains, energies, now, strict=True)
        ]
    return tuple(gains)


def _energy(band: Numbers) -> float:
    return float(np.square(band).mean()) + _FAINT_DETAIL


def _bands(luma: Numbers) -> Iterator[Numbers]:
    finer = luma
    for sigma in _BANDS:
        coarser = gaussian_filter(luma, sigma, mode="reflect", truncate=3)
        yield finer - coarser
        finer = coarser


def _raised(luma: Numbers, gains: tuple[float, ...] | list[float]) -> Numbers:
    raised = luma.copy()
    for gain, band in zip(gains, _bands(luma), strict=True):
        raised += np.float32(gain - 1) * band
    return raised
