"""Camera raw files are no photos yet: a sensor's values, and beside them a small preview that is not the photo."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

_MARKS = (
    (0, b"FUJIFILMCCD-RAW"),  # Fujifilm RAF
    (0, b"IIRO"),  # Olympus ORF
    (0, b"IIRS"),
    (0, b"MMOR"),
    (0, b"IIU\0"),  # Panasonic RW2
    (0, b"\0MRM"),  # Minolta MRW
    (0, b"FOVb"),  # Sigma X3F
    (4, b"ftypcrx "),  # Canon CR3
    (8, b"CR\x02"),  # Canon CR2
)
"""Where in the file which bytes say so. All others (DNG, NEF, ARW, PEF …) are TIFF files with tags of their own."""

_SUBFILES, _PHOTOMETRIC, _DNG_VERSION = 330, 262, 50706
_OF_A_SENSOR = (32803, 34892)
"""Values of the photometric tag: one colour a pixel, and such pixels interpolated (DNG 1.7.1, chapter 4)."""

_SHORT = 3
_MOST_PARTS, _MOST_TAGS = 16, 512
"""More of either no camera writes."""


def is_raw(file: BinaryIO) -> bool:
    """Whether an open file is one, by what is in it. Its position is at the beginning afterwards."""
    file.seek(0)
    head = file.read(16)
    try:
        return any(head[at:].startswith(mark) for at, mark in _MARKS) or any(
            _DNG_VERSION in tags or tags.get(_PHOTOMETRIC, [0])[0] in _OF_A_SENSOR for tags in _parts(file, head)
        )
    except (struct.error, ValueError, OSError):  # not a whole TIFF file, of which its decoder will tell
        return False
    finally:
        file.seek(0)


def _parts(file: BinaryIO, head: bytes) -> Iterator[dict[int, list[int]]]:
    """The tags of each picture in a TIFF file, in a row and below one another; none if it is none."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(head[:4])
    if order is None:
        return
    ahead, seen = list(struct.unpack_from(f"{order}I", head, 4)), set[int]()
    while ahead and len(seen) < _MOST_PARTS:
        at = ahead.pop(0)
        if at == 0 or at in seen:
            continue
        seen.add(at)
        tags, following = _tags(file, at, order)
        ahead += [*tags.get(_SUBFILES, []), following]
        yield tags


def _tags(file: BinaryIO, at: int, order: str) -> tuple[dict[int, list[int]], int]:
    """The tags at a place in the file that matter here, and where those of the next picture are."""
    file.seek(at)
    (count,) = struct.unpack(f"{order}H", file.read(2))
    count = min(count, _MOST_TAGS)
    entries, tail = file.read(12 * count), file.read(4)
    tags = {}
    for tag, kind, length, value in struct.iter_unpack(f"{order}HHI4s", entries):
        if tag in (_SUBFILES, _PHOTOMETRIC, _DNG_VERSION):
            tags[tag] = _numbers(file, kind, min(length, _MOST_PARTS), value, order)
    return tags, struct.unpack(f"{order}I", tail)[0]


def _numbers(file: BinaryIO, kind: int, length: int, value: bytes, order: str) -> list[int]:
    if kind == _SHORT:
        return [struct.unpack_from(f"{order}H", value)[0]]
    if length > 1:
        file.seek(struct.unpack(f"{order}I", value)[0])
        value = file.read(4 * length)
    return [*struct.unpack(f"{order}{len(value) // 4}I", value)]
