"""GIF files of any kind, put together block by block (version 89a)."""

from __future__ import annotations

import struct
from typing import Any

import numpy as np
import numpy.typing as npt


def table(number: int, step: int = 37) -> bytes:
    """So many colours."""
    return bytes((at * step + band * 85) % 256 for at in range(number) for band in range(3))


def gif(width: int, height: int, colours: bytes, *parts: bytes, background: int = 0) -> bytes:
    """`colours`: those that all frames share; none if empty."""
    screen = struct.pack("<HHBBB", width, height, _flags(colours) | 0x70, background, 0)
    return b"GIF89a" + screen + colours + b"".join(parts) + b"\x3b"


def frame(
    numbers: npt.NDArray[Any],
    bits: int,
    left: int = 0,
    top: int = 0,
    *,
    colours: bytes = b"",
    clear: int | None = None,
    disposal: int = 0,
    interlaced: bool = False,
) -> bytes:
    height, width = numbers.shape
    control = struct.pack("<BHB", disposal << 2 | (clear is not None), 10, clear or 0)
    if interlaced:
        numbers = np.concatenate([numbers[0::8], numbers[4::8], numbers[2::4], numbers[1::2]])
    place = struct.pack("<HHHHB", left, top, width, height, _flags(colours) | (0x40 if interlaced else 0))
    return b"\x21\xf9\x04" + control + b"\0\x2c" + place + colours + _codes(numbers, max(2, bits))


def _flags(colours: bytes) -> int:
    return 0x80 | (len(colours) // 3).bit_length() - 2 if colours else 0


def _codes(numbers: npt.NDArray[Any], bits: int) -> bytes:
    """Without compression: the table of strings is cleared before it makes the codes longer."""
    clear, codes = 1 << bits, list[int]()
    for at, number in enumerate(numbers.ravel()):
        codes += [clear] if at % (clear - 2) == 0 else []
        codes.append(int(number))
    codes.append(clear + 1)
    ones = (np.array(codes)[:, None] >> np.arange(bits + 1) & 1).astype(np.uint8)
    body = np.packbits(ones.ravel(), bitorder="little").tobytes()
    blocks = (body[at : at + 255] for at in range(0, len(body), 255))
    return bytes([bits]) + b"".join(bytes([len(block)]) + block for block in blocks) + b"\0"
