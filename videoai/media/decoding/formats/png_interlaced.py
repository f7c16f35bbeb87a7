"""An interlaced PNG that breaks off: each of its passes is a small PNG of its own (Adam7)."""

from __future__ import annotations

import zlib
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyvips

from videoai.media.decoding import vips
from videoai.media.decoding.formats.png_chunks import Chunk, Header, file_of

_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
"""First column and row, and the steps to the next ones."""
_COVERED = ((8, 8), (4, 8), (4, 4), (2, 4), (2, 2), (1, 2), (1, 1))
"""What a pixel of each pass stands for as long as there are no later ones: columns and rows."""
_NEEDED = 5
"""Passes: with so many each second pixel of each second row is there."""
MOST_BYTES = 150_000_000
"""Of the picture without compression: it is held a few times."""


def filled(before: list[Chunk], header: Header, numbers: bytes) -> tuple[pyvips.Image, bool] | None:
    """The picture, what is missing being filled from what is around it, and whether that is nothing.

    `numbers` are those of the file without compression, as many as there are. None if far too many are missing.
    """
    out, at, complete = None, 0, 0
    for (left, top, across, down), (wide, high) in zip(_PASSES, _COVERED, strict=True):
        width, height = -(-(header.width - left) // across), -(-(header.height - top) // down)
        if width <= 0 or height <= 0:
            complete += 1
            continue
        small = replace(header, width=width, height=height, interlaced=False)
        rows = min(height, (len(numbers) - at) // small.row_bytes)
        complete += rows == height
        if rows == 0:
            break
        part = _decoded(before, replace(small, height=rows), numbers[at : at + rows * small.row_bytes])
        at += rows * small.row_bytes
        if out is None:
            out = np.zeros((header.height, header.width, part.shape[2]), part.dtype)
        for y in range(top, top + high):
            for x in range(left, left + wide):
                into = out[y : top + rows * down : down, x::across]
                into[:] = part[: into.shape[0], : into.shape[1]]
    if out is None or complete < _NEEDED:
        return None
    return pyvips.Image.new_from_array(out), complete == len(_PASSES)


def _decoded(before: list[Chunk], header: Header, numbers: bytes) -> npt.NDArray[Any]:
    pixels = Chunk(b"IDAT", zlib.compress(numbers, 1))
    image = vips.load("pngload_buffer", file_of([header.chunk(), *before[1:], pixels]), fail_on="error")
    return np.ndarray((image.height, image.width, image.bands), _TYPES[image.format], image.write_to_memory())


_TYPES = {"uchar": np.uint8, "ushort": np.uint16}
