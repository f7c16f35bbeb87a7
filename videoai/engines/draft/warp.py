"""Drawing a frame from a photo's layers: each pixel is fetched from where it comes from.

libvips does it, in C and on all cores: about ten times as fast as scipy's splines. Colours are enlarged twice before,
so that its cubics blur no more than splines would: a slow move does not pulse between sharp and soft.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyvips

from videoai.engines.draft.camera import Move, Pose
from videoai.engines.draft.layers import Layer
from videoai.engines.draft.subject import Map
from videoai.events import Pixels

_FINER = 2
_FIXED_POINT_STEPS = 4
_MARGIN = 3


class _Sheet:
    """A layer ready to be sampled anywhere."""

    def __init__(self, layer: Layer) -> None:
        height, width = layer.cover.shape
        self.near = layer.near
        premultiplied = np.dstack([layer.colours * layer.cover[..., None], 255 * layer.cover])
        plain = _image(premultiplied.astype(np.float32))
        fine = plain.resize(_FINER, kernel="lanczos3")
        self._colours = _held(fine.rint().cast("uchar"))
        self._near = _image(np.ascontiguousarray(layer.near[..., None]))
        self.opaque = bool(layer.cover.min() >= 1)
        rows, columns = (np.flatnonzero((layer.cover > 1 / 512).any(axis)) for axis in (1, 0))
        self._rows, self._columns = _around(rows, height), _around(columns, width)

    def seen(self, pose: Pose) -> tuple[slice, slice]:
        """The part of a frame outside of which this layer is not seen."""
        if self.opaque:
            return np.s_[:, :]  # type: ignore[return-value]
        height, width = self.near.shape
        down, across = (
            np.array(ends, np.float32) - (side - 1) / 2 for ends, side in ((self._rows, height), (self._columns, width))
        )
        part = self.near[slice(*self._rows), slice(*self._columns)]
        found = [pose.seen_at(across, down, np.float32(d)) for d in (part.min(), part.max())]
        x, y = (np.stack([each[axis] for each in found]) for axis in (0, 1))
        return _span(y, height), _span(x, width)

    def drawn(self, pose: Pose, part: tuple[slice, slice]) -> npt.NDArray[np.uint8]:
        """That part of a frame, premultiplied: (rows, columns, 4)."""
        height, width = self.near.shape
        down = (np.arange(height, dtype=np.float32)[part[0]] - (height - 1) / 2) / pose.zoom + pose.up * pose.pivot
        across = (
            np.arange(width, dtype=np.float32)[part[1]] - (width - 1) / 2
        ) / pose.zoom + pose.sideways * pose.pivot
        source = np.empty((len(down), len(across), 2), np.float32)
        source[..., 0], source[..., 1] = across + (width - 1) / 2, down[:, None] + (height - 1) / 2
        for _ in range(_FIXED_POINT_STEPS):
            near = _mapped(self._near, source, "bilinear")[..., 0]
            farther = 1 - pose.closer * near
            source[..., 0] = across * farther - pose.sideways * near + (width - 1) / 2
            source[..., 1] = down[:, None] * farther - pose.up * near + (height - 1) / 2
        return _mapped(self._colours, source * _FINER + (_FINER - 1) / 2, "bicubic")


class Warp:
    """A photo's layers, from the nearest to the furthest, ready to be looked at from anywhere."""

    def __init__(self, layers: Sequence[Layer], move: Move) -> None:
        self._sheets = [_Sheet(layer) for layer in reversed(layers)]
        self._move = move

    def __call__(self, done: float, aside: float = 0.0) -> Pixels:
        """The frame where so much of the move is done: (height, width, 3)."""
        pose = Pose.of(self._move, done, aside, [sheet.near for sheet in self._sheets])
        frame = np.empty((*self._sheets[0].near.shape, 3), np.uint8)
        for sheet in self._sheets:
            part = sheet.seen(pose)
            drawn = sheet.drawn(pose, part)
            if sheet.opaque:
                frame[part] = drawn[..., :3]
                continue
            behind = frame[part].astype(np.uint16) * (255 - drawn[..., 3:].astype(np.uint16))
            frame[part] = np.minimum(drawn[..., :3] + (behind + 127) // 255, 255)
        return frame


def _around(found: npt.NDArray[np.intp], side: int) -> tuple[int, int]:
    """The first and the last of some places, and a little around them."""
    return (max(0, int(found[0]) - _MARGIN), min(side, int(found[-1]) + 1 + _MARGIN)) if len(found) else (0, 1)


def _span(places: Map, side: int) -> slice:
    low, high = (float(end) + (side - 1) / 2 for end in (places.min(), places.max()))
    return slice(max(0, int(low) - _MARGIN), max(1, min(side, int(high) + 1 + _MARGIN)))


def _image(values: npt.NDArray[np.float32]) -> pyvips.Image:
    return _held(pyvips.Image.new_from_array(values))


def _held(image: pyvips.Image) -> pyvips.Image:
    held = pyvips.Image.new_from_memory(image.write_to_memory(), image.width, image.height, image.bands, image.format)
    return held.copy(interpretation="multiband")


def _mapped(image: pyvips.Image, source: npt.NDArray[np.float32], kind: str) -> npt.NDArray:
    """`image` at these places (rows, columns, 2), across first; beyond its edge it is as on it."""
    at = pyvips.Image.new_from_memory(source.data, source.shape[1], source.shape[0], 2, "float")
    found = image.mapim(at, interpolate=pyvips.Interpolate.new(kind), extend="copy", premultiplied=True)
    return found.numpy().reshape(*source.shape[:2], image.bands)
