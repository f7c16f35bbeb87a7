"""BMP files of any kind, put together byte by byte (Windows' and OS/2's headers)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

RGB, RLE8, RLE4, FIELDS, ALPHA_FIELDS = 0, 1, 2, 3, 6
OS2, OS2_LONG, INFO, V2, V3, V4, V5 = 12, 64, 40, 52, 56, 108, 124
"""The sizes of the headers."""
Palette = Sequence[tuple[int, int, int]]


def bmp(
    body: bytes,
    width: int,
    height: int,
    bits: int,
    *,
    header: int = INFO,
    compression: int = RGB,
    masks: Sequence[int] = (),
    palette: Palette = (),
    said: int | None = None,
    gap: int = 0,
) -> bytes:
    """`said`: how many colours it says that it has; `gap`: bytes before the pixels; height < 0: the top row first."""
    if header == OS2:
        head = struct.pack("<IHHHH", 12, width, height, 1, bits)
        colours = b"".join(bytes((b, g, r)) for r, g, b in palette)
    else:
        used = len(palette) if said is None else said
        head = struct.pack("<IiiHHIIiiII", header, width, height, 1, bits, compression, len(body), 0, 0, used, 0)
        head += struct.pack(f"<{len(masks)}I", *masks)
        if header > INFO:
            head = head[:header].ljust(header, b"\0")
        colours = b"".join(bytes((b, g, r, 0)) for r, g, b in palette)
    start = 14 + len(head) + len(colours) + gap
    return struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start) + head + colours + b"\0" * gap + body


def rows(numbers: npt.NDArray[Any], bits: int, *, top_down: bool = False) -> bytes:
    """(height, width) numbers of `bits`, or (height, width, 3 or 4) bytes as they lie, in rows of whole words."""
    numbers = numbers if top_down else numbers[::-1]
    if bits < 8:
        ones = numbers[..., None] >> np.arange(bits - 1, -1, -1) & 1
        lines = np.packbits(ones.reshape(len(numbers), -1).astype(np.uint8), axis=1)
    else:
        kind = {8: "u1", 16: "<u2", 24: "u1", 32: "<u4" if numbers.ndim == 2 else "u1"}[bits]
        lines = np.frombuffer(numbers.astype(kind).tobytes(), np.uint8).reshape(len(numbers), -1)
    return np.pad(lines, ((0, 0), (0, -lines.shape[1] % 4))).tobytes()


def run_lengths(numbers: npt.NDArray[Any], bits: int, piece: int = 7) -> bytes:
    """Each row in pieces, every second one number by number (of odd length, too), the others as runs of their first."""
    out = b""
    for row in numbers[::-1]:
        for at in range(0, len(row), piece):
            part = [int(number) for number in row[at : at + piece]]
            if at // piece % 2 and len(part) > 2:
                body = bytes(part) if bits == 8 else _nibbles(part)
                out += bytes((0, len(part))) + body + b"\0" * (len(body) % 2)
            else:
                for number in part:
                    out += bytes((1, number if bits == 8 else number << 4))
        out += b"\0\0"
    return out + b"\0\1"


def _nibbles(part: list[int]) -> bytes:
    filled = [*part, 0]
    return bytes(filled[at] << 4 | filled[at + 1] for at in range(0, len(part), 2))
