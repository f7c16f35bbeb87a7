"""TIFF files of any kind of numbers, put together byte by byte (TIFF 6.0, and BigTIFF)."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

WHITE_IS_ZERO, BLACK_IS_ZERO, RGB, PALETTE, INKS, YCC, LAB, ICC_LAB = 0, 1, 2, 3, 5, 6, 8, 9
UNSIGNED, SIGNED, FLOAT = 1, 2, 3
_NONE, _DEFLATE = 1, 8


def tiff(
    samples: npt.NDArray[Any],
    photometric: int = RGB,
    *,
    bits: int = 8,
    numbers: int = UNSIGNED,
    planar: bool = False,
    order: str = "<",
    big: bool = False,
    tile: int = 0,
    rows: int = 0,
    deflate: bool = False,
    fill_order: int = 1,
    extra: Sequence[int] = (),
    tags: Mapping[int, tuple[int, Sequence[int]]] | None = None,
) -> bytes:
    """`samples` are (height, width, bands), as they are to lie in the file; `rows`: in a strip, 0 for all.

    `tags` are more of them, each with the number of its type and its values (1 bytes, 3 shorts, 4 longs).
    """
    height, width, bands = samples.shape
    planes = [samples[..., [band]] for band in range(bands)] if planar else [samples]
    parts = [_packed(part, bits, numbers, order) for plane in planes for part in _parts(plane, tile, rows or height)]
    if fill_order == 2:
        parts = [
            np.packbits(np.unpackbits(np.frombuffer(part, np.uint8)), bitorder="little").tobytes() for part in parts
        ]
    parts = [zlib.compress(part) for part in parts] if deflate else parts
    entries: dict[int, tuple[int, Sequence[int]]] = {
        256: (4, [width]),
        257: (4, [height]),
        258: (3, [bits] * bands),
        259: (3, [_DEFLATE if deflate else _NONE]),
        262: (3, [photometric]),
        266: (3, [fill_order]),
        277: (3, [bands]),
        284: (3, [2 if planar else 1]),
        339: (3, [numbers] * bands),
        **({338: (3, extra)} if extra else {}),
        **(tags or {}),
    }
    where, sizes = (324, 325) if tile else (273, 279)
    if tile:
        entries |= {322: (4, [tile]), 323: (4, [tile])}
    else:
        entries[278] = (4, [rows or height])
    entries[sizes] = (4, [len(part) for part in parts])
    return _file(parts, entries, where, order, big)


def _parts(plane: npt.NDArray[Any], tile: int, rows: int) -> Iterator[npt.NDArray[Any]]:
    height, width, _ = plane.shape
    if not tile:
        yield from (plane[top : top + rows] for top in range(0, height, rows))
        return
    filled = np.pad(plane, ((0, -height % tile), (0, -width % tile), (0, 0)), mode="edge")
    for top in range(0, height, tile):
        yield from (filled[top : top + tile, left : left + tile] for left in range(0, width, tile))


def _packed(part: npt.NDArray[Any], bits: int, numbers: int, order: str) -> bytes:
    if bits in (8, 16, 32, 64):
        return part.astype(f"{order}{'_uif'[numbers]}{bits // 8}").tobytes()
    ones = part.reshape(len(part), -1, 1).astype(np.int64) >> np.arange(bits - 1, -1, -1) & 1
    return np.packbits(ones.reshape(len(part), -1).astype(np.uint8), axis=1).tobytes()


def _file(
    parts: list[bytes], entries: dict[int, tuple[int, Sequence[int]]], where: int, order: str, big: bool
) -> bytes:
    start = 16 if big else 8
    entries[where] = (4, list(np.cumsum([start, *map(len, parts[:-1])])))
    body = b"".join(parts)
    body += b"\0" * (len(body) % 2)
    address, inline = ("Q", 8) if big else ("I", 4)
    directory = start + len(body)
    after = directory + (8 if big else 2) + (20 if big else 12) * len(entries) + inline
    table, values = b"", b""
    for tag, (kind, content) in sorted(entries.items()):
        value = struct.pack(f"{order}{len(content)}{'_BsHI'[kind]}", *content)
        if len(value) > inline:
            value, values = struct.pack(order + address, after + len(values)), values + value + b"\0" * (len(value) % 2)
        table += struct.pack(f"{order}HH{address}", tag, kind, len(content)) + value.ljust(inline, b"\0")
    mark = b"II" if order == "<" else b"MM"
    head = struct.pack(order + "HHHQ", 43, 8, 0, directory) if big else struct.pack(order + "HI", 42, directory)
    count = struct.pack(order + ("Q" if big else "H"), len(entries))
    return mark + head + body + count + table + b"\0" * inline + values
