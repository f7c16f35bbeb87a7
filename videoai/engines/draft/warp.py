"""Drawing a frame from a photo's layers: each pixel is fetched from where it comes from.

libvips does it, in C and on all cores. Colours are enlarged to twice their size before, so that its cubics blur no more
than splines would: a slow move does not pulse between sharp and soft.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyvips
from PIL import Image

from videoai.engines.draft.camera import Pose
from videoai.engines.draft.flight import Flight
from videoai.engines.draft.inpainting import enlarged
from videoai.engines.draft.layers import Layer
from videoai.events import Pixels

Places: TypeAlias = "tuple[npt.NDArray[Any], npt.NDArray[Any]]"

_FINER = 2
_COARSE_STEPS, _FINE_STEPS = 4, 2
_TYPES = {"uchar": np.uint8, "float": np.float32}
_MARGIN = 3
"""Pixels around what is seen of a layer."""


class Warp:
    """A photo's layers, from the nearest to the furthest, ready to be looked at from anywhere."""

    def __init__(self, photo: Pixels, layers: Sequence[Layer], flight: Flight) -> None:
        pyvips.cache_set_max(0)  # no frame is asked for twice
        self._photo, self._flight = photo, flight
        self._panes = [Pane(layer) for layer in reversed(layers)]
        self._as_photo = all(layer.as_photo for layer in layers)

    def __call__(self, index: int) -> Pixels:
        """A frame of the flight: (height, width, 3)."""
        pose = self._flight.pose(index)
        if pose.at_rest and self._as_photo:
            return self._photo
        frame = np.empty_like(self._photo)
        for pane in self._panes:
            pane.draw(pose, frame)
        return frame


class Pane:
    """A layer ready to be sampled anywhere."""

    def __init__(self, layer: Layer) -> None:
        self._shape = height, width = layer.cover.shape
        self._near, self._factor = _image(layer.near[..., None]), layer.factor
        self._opaque = bool(layer.cover.min() >= 1)
        if self._opaque:
            self._colours = _image(_finer(layer.colours))
            self._rows, self._columns = (0, height), (0, width)
            return
        premultiplied = np.rint(layer.colours * layer.cover[..., None]).astype(np.uint8)
        cover = np.rint(255 * layer.cover).astype(np.uint8)
        self._colours = _image(np.dstack([_finer(premultiplied), _finer(cover)]))
        self._rows, self._columns = (_around(np.flatnonzero(cover.any(axis)), cover.shape[1 - axis]) for axis in (1, 0))
        rows, columns = (
            slice(first // layer.factor, -(-end // layer.factor)) for first, end in (self._rows, self._columns)
        )
        part = layer.near[rows, columns]
        self._range = float(part.min()), float(part.max())

    def draw(self, pose: Pose, frame: Pixels) -> None:
        """Lay what is seen of it over a frame (height, width, 3)."""
        rows, columns = self.seen(pose)
        drawn = self._colours_at(self.source(pose, rows, columns))
        if self._opaque:
            frame[rows, columns] = drawn
            return
        left = 255 - drawn[..., 3:].astype(np.uint16)
        behind = (frame[rows, columns] * left + 127) // 255
        frame[rows, columns] = np.minimum(drawn[..., :3] + behind, 255)

    def seen(self, pose: Pose) -> tuple[slice, slice]:
        """The part of a frame outside of which nothing is seen of it."""
        height, width = self._shape
        if self._opaque:
            return slice(0, height), slice(0, width)
        down, across = np.array(self._rows) - (height - 1) / 2, np.array(self._columns) - (width - 1) / 2
        found = [pose.seen_at(across, down, near) for near in self._range]
        return _span([down for _, down in found], height), _span([across for across, _ in found], width)

    def source(self, pose: Pose, rows: slice, columns: slice) -> Places:
        """Where the pixels of a part of a frame lie in the photo, from its middle: across, down.

        That depends on the disparity there: found by fixed-point iteration, on a coarse grid first. It converges
        because disparity changes slowly compared with what it displaces.
        """
        height, width = self._shape
        near = np.zeros((1, 1), np.float32)
        for step, times in ((self._factor, _COARSE_STEPS), (1, _FINE_STEPS)):
            down, across = (_grid(part, step) - (side - 1) / 2 for part, side in ((rows, height), (columns, width)))
            if step < self._factor:
                near = enlarged(near[..., None], self._factor, len(down), len(across))[..., 0]
            for _ in range(times):
                near = self._near_at(pose.source(across, down[:, None], near))
        return pose.source(across, down[:, None], near)

    def _near_at(self, places: Places) -> npt.NDArray[Any]:
        found: npt.NDArray[Any] = _mapped(self._near, self._pixels(places, 1 / self._factor), "bilinear")[..., 0]
        return found

    def _colours_at(self, places: Places) -> Pixels:
        """(rows, columns, 3); of what is not opaque, premultiplied, with its cover as the fourth."""
        return _mapped(self._colours, self._pixels(places, _FINER), "bicubic")

    def _pixels(self, places: Places, scale: float) -> npt.NDArray[np.float32]:
        """Places from the photo's middle (across, down) as those in pixels of another size: (rows, columns, 2)."""
        across, down = places
        found = np.empty((*np.broadcast_shapes(across.shape, down.shape), 2), np.float32)
        for axis, (place, side) in enumerate(zip((across, down), reversed(self._shape), strict=True)):
            found[..., axis] = place * np.float32(scale) + np.float32(side / 2 * scale - 0.5)
            np.clip(found[..., axis], 0, math.ceil(side * scale) - 1, out=found[..., axis])
        return found


def _grid(part: slice, step: int) -> npt.NDArray[np.float32]:
    """The middles of pixels that are so much larger, all over a part of a side."""
    count = -(-(part.stop - part.start) // step)
    found: npt.NDArray[np.float32] = part.start + step * (np.arange(count, dtype=np.float32) + 0.5) - 0.5
    return found


def _around(found: npt.NDArray[np.intp], side: int) -> tuple[int, int]:
    """The first and the last of some places, and a little around them."""
    if not len(found):
        return 0, 1
    return max(0, int(found[0]) - _MARGIN), min(side, int(found[-1]) + 1 + _MARGIN)


def _span(places: Sequence[npt.NDArray[np.floating]], side: int) -> slice:
    """The pixels between the outermost of some places, which are counted from the middle."""
    low, high = (float(end) + (side - 1) / 2 for end in (np.min(places), np.max(places)))
    return slice(min(max(0, int(low) - _MARGIN), side - 1), max(1, min(side, int(high) + 1 + _MARGIN)))


def _finer(picture: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """In _FINER times its size."""
    height, width = picture.shape[:2]
    image = Image.fromarray(picture).resize((_FINER * width, _FINER * height), Image.Resampling.LANCZOS)
    return np.asarray(image)


def _image(values: npt.NDArray[np.uint8] | npt.NDArray[np.float32]) -> pyvips.Image:
    """A copy of (height, width, n) as libvips has it; n bands that are no colours."""
    height, width, bands = values.shape
    kind = "uchar" if values.dtype == np.uint8 else "float"
    return pyvips.Image.new_from_memory(values.tobytes(), width, height, bands, kind).copy(interpretation="multiband")


def _mapped(image: pyvips.Image, pixels: npt.NDArray[np.float32], how: str) -> npt.NDArray[Any]:
    """`image` between its pixels, at (rows, columns, 2), across first."""
    height, width, _ = pixels.shape
    places = pyvips.Image.new_from_memory(pixels.data, width, height, 2, "float")
    found = image.mapim(places, interpolate=pyvips.Interpolate.new(how), extend="copy", premultiplied=True)
    return np.ndarray((height, width, image.bands), _TYPES[found.format], found.write_to_memory())
