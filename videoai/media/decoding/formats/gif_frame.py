"""The first frame of a GIF (version 89a): a file of its own, and where it lies on its canvas."""

from __future__ import annotations

import struct
from dataclasses import dataclass

_SCREEN, _COLOURS = 6, 13
"""Where the size of the canvas is, and the colours that all frames share."""
_MOST_BLOCKS = 2_000_000
"""Programs fill them: with the largest file they are a quarter million."""
_IMAGE, _EXTENSION = 0x2C, 0x21


@dataclass(frozen=True, slots=True)
class GifFrame:
    """`gif` has nothing around the frame; `canvas` is the width and height of what it lies on."""

    gif: bytes
    left: int
    top: int
    width: int
    height: int
    canvas: tuple[int, int]


def first_frame(data: bytes) -> GifFrame:
    """Raises ValueError, IndexError or struct.error if it is not all there."""
    screen = struct.unpack_from("<HH", data, _SCREEN)
    at = _COLOURS + _table(data[10])
    while data[at] == _EXTENSION:
        at = _blocks_end(data, at + 2)
    if data[at] != _IMAGE:
        raise ValueError("no frame")
    left, top, width, height, flags = struct.unpack_from("<HHHHB", data, at + 1)
    if width == 0 or height == 0:
        raise ValueError("an empty frame")
    end = _blocks_end(data, at + 10 + _table(flags) + 1)
    size = struct.pack("<HH", width, height)
    alone = data[:_SCREEN] + size + data[10 : at + 1] + bytes(4) + size + data[at + 9 : end] + b"\x3b"
    return GifFrame(alone, left, top, width, height, (max(screen[0], left + width), max(screen[1], top + height)))


def _table(flags: int) -> int:
    """The bytes of a table of colours."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks_end(data: bytes, at: int) -> int:
    """Behind the blocks that begin there. Raises IndexError, or ValueError if they are crumbs."""
    for _ in range(_MOST_BLOCKS):
        if data[at] == 0:
            return at + 1
        at += data[at] + 1
    raise ValueError("too many blocks")
