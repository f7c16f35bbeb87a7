"""PNG files of any kind, put together chunk by chunk."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

MARK = b"\x89PNG\r\n\x1a\n"
GREY, RGB, PALETTE, GREY_ALPHA, RGB_ALPHA = 0, 2, 3, 4, 6
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))


def chunk(kind: bytes, content: bytes, *, crc: int | None = None) -> bytes:
    """`crc`: a wrong one."""
    crc = zlib.crc32(kind + content) if crc is None else crc
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", crc)


def header(width: int, height: int, kind: int, bits: int, *, interlaced: bool = False) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, interlaced))


def pixels(numbers: npt.NDArray[Any], bits: int, *, interlaced: bool = False) -> bytes:
    """(height, width, bands), without filters, compressed."""
    parts = [numbers]
    if interlaced:
        parts = [numbers[top::down, left::across] for left, top, across, down in _PASSES]
    return zlib.compress(b"".join(_rows(part, bits) for part in parts if part.size))


def png(
    numbers: npt.NDArray[Any],
    kind: int = RGB,
    bits: int = 8,
    *,
    interlaced: bool = False,
    before: Sequence[bytes] = (),
    after: Sequence[bytes] = (),
) -> bytes:
    """`before` and `after`: chunks on either side of the pixels."""
    height, width, _ = numbers.shape
    body = chunk(b"IDAT", pixels(numbers, bits, interlaced=interlaced))
    head = header(width, height, kind, bits, interlaced=interlaced)
    return b"".join([MARK, head, *before, body, *after, chunk(b"IEND", b"")])


def _rows(numbers: npt.NDArray[Any], bits: int) -> bytes:
    if bits >= 8:
        lines = np.frombuffer(numbers.astype(f">u{bits // 8}").tobytes(), np.uint8).reshape(len(numbers), -1)
    else:
        ones = numbers.reshape(len(numbers), -1, 1) >> np.arange(bits - 1, -1, -1) & 1
        lines = np.packbits(ones.reshape(len(numbers), -1).astype(np.uint8), axis=1)
    return np.pad(lines, ((0, 0), (1, 0))).tobytes()
