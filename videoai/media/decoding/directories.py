"""The directories of a TIFF file: what its tags say of each picture in it. Most raw files of cameras are such files.

Nothing in a file is vouched for: a directory that is broken, or was there already, is passed over.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass

WIDTH, HEIGHT, COMPRESSION, PHOTOMETRIC, MAKE = 256, 257, 259, 262, 271
STRIPS, ORIENTATION, STRIP_BYTES, TILES, TILE_BYTES = 273, 274, 279, 324, 325
SUBDIRECTORIES, JPEG, JPEG_BYTES = 330, 513, 514

_NUMBERS = {1: "B", 3: "H", 4: "I", 13: "I", 16: "Q", 18: "Q"}
"""Types that are whole numbers. 13 and 18 are places of directories."""
_BYTES = frozenset({2, 7})
"""Types that are text, or anything."""
_BIG = 43
_MOST, _MOST_TAGS, _MOST_VALUES = 32, 512, 1 << 18
"""Pictures in a file, tags of one, and values of a tag. More of either no program writes."""


@dataclass(frozen=True, slots=True)
class Directory:
    """What a file says of one picture. `entries`: tag → its type, how many values, and where they are."""

    data: bytes
    order: str
    entries: dict[int, tuple[int, int, int]]

    def numbers(self, tag: int) -> tuple[int, ...]:
        """The values of a tag, if they are whole numbers and in the file; else none."""
        kind, count, at = self.entries.get(tag, (0, 0, 0))
        form = _NUMBERS.get(kind)
        if form is None or count > _MOST_VALUES or at + count * struct.calcsize(form) > len(self.data):
            return ()
        return struct.unpack_from(f"{self.order}{count}{form}", self.data, at)

    def number(self, tag: int) -> int:
        """The first value of a tag, or 0."""
        return next(iter(self.numbers(tag)), 0)

    def content(self, tag: int) -> bytes:
        """What a tag holds that is text, or anything."""
        kind, count, at = self.entries.get(tag, (0, 0, 0))
        return self.data[at : at + count] if kind in _BYTES else b""


def directories(data: bytes) -> Iterator[Directory]:
    """Of each picture in the file, in a row and below one another; none if it is no TIFF file."""
    order = {b"II": "<", b"MM": ">"}.get(data[:2])
    if order is None or len(data) < 16:
        return
    big = struct.unpack_from(f"{order}H", data, 2)[0] == _BIG
    ahead, seen = [struct.unpack_from(f"{order}Q", data, 8)[0] if big else _long(data, order, 4)], set[int]()
    while ahead and len(seen) < _MOST:
        at = ahead.pop(0)
        if not 0 < at < len(data) or at in seen:
            continue
        seen.add(at)
        try:
            entries, following = _read(data, at, order, big)
        except struct.error:
            continue
        found = Directory(data, order, entries)
        ahead += [*found.numbers(SUBDIRECTORIES)[:_MOST], following]
        yield found


def _read(data: bytes, at: int, order: str, big: bool) -> tuple[dict[int, tuple[int, int, int]], int]:
    """The entries of the directory at a place, and where the next one is. Raises struct.error."""
    head, entry, place = (f"{order}Q", f"{order}HHQ", f"{order}Q") if big else (f"{order}H", f"{order}HHI", f"{order}I")
    (count,) = struct.unpack_from(head, data, at)
    if count > _MOST_TAGS:
        raise struct.error
    at += struct.calcsize(head)
    entries = {}
    for _ in range(count):
        tag, kind, length = struct.unpack_from(entry, data, at)
        at += struct.calcsize(entry)
        size = length * (struct.calcsize(_NUMBERS[kind]) if kind in _NUMBERS else 1)
        entries[tag] = kind, length, at if size <= struct.calcsize(place) else struct.unpack_from(place, data, at)[0]
        at += struct.calcsize(place)
    try:
        return entries, struct.unpack_from(place, data, at)[0]
    except struct.error:
        return entries, 0  # the file ends here


def _long(data: bytes, order: str, at: int) -> int:
    number: int = struct.unpack_from(f"{order}I", data, at)[0]
    return number


def is_whole(data: bytes) -> bool:
    """Whether all pixels that the first directory tells of are within the file."""
    first = next(directories(data), None)
    if first is None:
        return False
    places = first.numbers(STRIPS) or first.numbers(TILES)
    sizes = first.numbers(STRIP_BYTES) or first.numbers(TILE_BYTES)
    if not places or len(places) != len(sizes):
        return False
    return all(place + size <= len(data) for place, size in zip(places, sizes, strict=True))
