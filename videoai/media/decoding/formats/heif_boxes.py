"""What the boxes of a HEIC or AVIF file say of its primary picture (ISO 23008-12 and 14496-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

Box = tuple[bytes, memoryview]

_DEEPEST, _MOST = 8, 1 << 16
"""Pictures made of pictures, and boxes or items in a row; more no program writes."""
DEPTH_MAPS = (b"urn:mpeg:hevc:2015:auxid:2", b"urn:mpeg:mpegB:cicp:systems:auxiliary:depth")
"""What an auxiliary picture is called that is one."""
_AV1_GREY, _HEVC_CHROMA = 0x10, 0x03
"""Bits of av1C and hvcC."""


@dataclass(frozen=True, slots=True)
class Primary:
    """How the primary picture is coded, and what goes with it."""

    codec: bytes
    """The type of its item, or of the first of its tiles: b"av01", b"hvc1" …"""
    properties: dict[bytes, bytes] = field(default_factory=dict)
    """Kind of box → content, its own before its tile's. Of colr each sort: colr.prof, colr.rICC and colr.nclx."""
    premultiplied: bool = False
    """Whether its colours are multiplied by how much they cover."""
    rows_there: int | None = None
    """Of one made of tiles, as it lies in a file that breaks off: the rows above the first tile that is missing."""
    end: int = 0
    """How many bytes the file has to have."""
    depth_lies: bool = False
    """Whether it has a depth map that says nothing of how it is turned."""

    @property
    def corners(self) -> tuple[int, ...]:
        """Which corner of the picture as it lies comes to be at the top left, top right, bottom right, bottom left;
        they are numbered in that order from 0."""
        corners: tuple[int, ...] = (0, 1, 2, 3)
        for kind, content in self.properties.items():
            if kind == b"irot":  # a quarter to the left, so many times
                quarters = content[0] & 3
                corners = (*corners[quarters:], *corners[:quarters])
            elif kind == b"imir":  # left and right, or top and bottom, change places
                a, b, c, d = corners
                corners = (b, a, d, c) if content[0] & 1 else (d, c, b, a)
        return corners

    @property
    def is_grey(self) -> bool:
        """Whether it is coded without chroma."""
        av1, hevc = self.properties.get(b"av1C", b""), self.properties.get(b"hvcC", b"")
        return bool(av1[2:3] and av1[2] & _AV1_GREY) or bool(hevc[16:17] and not hevc[16] & _HEVC_CHROMA)


def primary_of(data: bytes) -> Primary:
    """Raises ValueError if the boxes do not say."""
    try:
        return _Meta(_one(_boxes(memoryview(data)), b"meta")[4:], len(data)).described()
    except (struct.error, IndexError, KeyError) as error:
        raise ValueError("boxes that do not fit together") from error


def _boxes(data: memoryview) -> Iterator[Box]:
    """Each in a row; the last may break off."""
    at, count = 0, 0
    while at + 8 <= len(data) and count < _MOST:
        count += 1
        size, kind = struct.unpack_from(">I4s", data, at)
        head = 8
        if size == 1:
            (size,) = struct.unpack_from(">Q", data, at + 8)
            head = 16
        end = at + size if size else len(data)  # 0: as far as the file goes
        if size and size < head:
            return
        yield kind, data[at + head : end]
        at = end


def _one(boxes: Iterator[Box], kind: bytes) -> memoryview:
    return next((content for each, content in boxes if each == kind), memoryview(b""))


class _Meta:
    """A meta box, in a file of so many bytes."""

    def __init__(self, content: memoryview, length: int) -> None:
        boxes = dict(reversed([*_boxes(content)]))  # the first of each kind
        self._types = dict(_types(boxes[b"iinf"]))
        references = [*_references(boxes.get(b"iref", memoryview(bytes(4))))]
        self._parts = {item: others for kind, item, others in references if kind == b"dimg" and others}
        self._auxiliary = [(item, others) for kind, item, others in references if kind == b"auxl"]
        self._premultiplied = {item for kind, item, _ in references if kind == b"prem"}
        ends = dict(_ends(boxes[b"iloc"]))
        self._missing, self._end = {item for item, end in ends.items() if end > length}, max(ends.values(), default=0)
        stored = boxes.get(b"iprp", memoryview(b""))
        self._boxes = [*_boxes(_one(_boxes(stored), b"ipco"))]
        self._owned: dict[int, list[int]] = {}
        for kind, owners in _boxes(stored):
            if kind == b"ipma":
                self._owned.update(_owned(owners))
        wide = boxes[b"pitm"][0] > 0
        (self._primary,) = struct.unpack_from(">I" if wide else ">H", boxes[b"pitm"], 4)

    def described(self) -> Primary:
        family = self._family(self._primary)
        found: dict[bytes, bytes] = {}
        for item in family:
            found |= {kind: content for kind, content in self._properties(item).items() if kind not in found}
        premultiplied = self._primary in self._premultiplied
        return Primary(self._types[family[-1]], found, premultiplied, self._rows_there(), self._end, self._depth_lies())

    def _depth_lies(self) -> bool:
        for item, others in self._auxiliary:
            own = self._properties(item)
            if self._primary in others and own.get(b"auxC", b"")[4:].partition(b"\0")[0] in DEPTH_MAPS:
                return not own.keys() & {b"irot", b"imir"}
        return False

    def _properties(self, item: int) -> dict[bytes, bytes]:
        found: dict[bytes, bytes] = {}
        for place in self._owned.get(item, []):
            if 0 < place <= len(self._boxes):
                kind, content = self._boxes[place - 1]
                if kind == b"colr":
                    kind, content = b"colr." + bytes(content[:4]), content[4:]
                found.setdefault(kind, bytes(content))
        return found

    def _family(self, item: int) -> list[int]:
        """It, the first picture that it is made of, and so on."""
        family = [item]
        while family[-1] in self._parts and len(family) < _DEEPEST:
            family.append(self._parts[family[-1]][0])
        return family

    def _rows_there(self) -> int | None:
        tiles = self._parts.get(self._primary, ()) if self._types[self._primary] == b"grid" else ()
        first = next((at for at, tile in enumerate(tiles) if tile in self._missing), None)
        if first is None:
            return None
        (width, _), (across, down) = self._size(self._primary), self._size(tiles[0])
        return first // -(-width // max(1, across)) * down

    def _size(self, item: int) -> tuple[int, int]:
        width, height = struct.unpack_from(">4xII", self._properties(item)[b"ispe"])
        return int(width), int(height)


def _types(iinf: memoryview) -> Iterator[tuple[int, bytes]]:
    """Item → its type."""
    for kind, content in _boxes(iinf[6 if iinf[0] == 0 else 8 :]):
        if kind == b"infe" and content[0] >= 2:
            item, _, codec = struct.unpack_from(">HH4s" if content[0] == 2 else ">IH4s", content, 4)
            yield item, codec


def _references(iref: memoryview) -> Iterator[tuple[bytes, int, tuple[int, ...]]]:
    """Kind, item, and those that it refers to."""
    wide = iref[0] > 0
    for kind, content in _boxes(iref[4:]):
        item, count = struct.unpack_from(">IH" if wide else ">HH", content)
        yield kind, item, struct.unpack_from(f">{count}{'I' if wide else 'H'}", content, 6 if wide else 4)


def _ends(iloc: memoryview) -> Iterator[tuple[int, int]]:
    """Item → where in the file it ends, of those that have their own place there."""
    version, sizes = iloc[0], struct.unpack_from(">H", iloc, 4)[0]
    offset, length, base, index = (sizes >> shift & 0xF for shift in (12, 8, 4, 0))
    numbers = _Numbers(iloc[6:])
    for _ in range(min(_MOST, numbers.next(4 if version == 2 else 2))):
        item = numbers.next(4 if version == 2 else 2)
        method = numbers.next(2) & 0xF if version else 0
        numbers.next(2)  # which file
        start, end = numbers.next(base), 0
        for _ in range(numbers.next(2)):
            numbers.next(index if version else 0)
            at = start + numbers.next(offset)
            end = max(end, at + numbers.next(length))
        if method == 0:
            yield item, end


class _Numbers:
    """Big-endian ones of any size, one after the other. Raises IndexError at the end."""

    def __init__(self, content: memoryview) -> None:
        self._content, self._at = content, 0

    def next(self, size: int) -> int:
        self._at += size
        if self._at > len(self._content):
            raise IndexError
        return int.from_bytes(self._content[self._at - size : self._at], "big")


def _owned(ipma: memoryview) -> Iterator[tuple[int, list[int]]]:
    """Item → the places of its properties in ipco, from 1."""
    version, wide = ipma[0], ipma[3] & 1
    (count,), at = struct.unpack_from(">I", ipma, 4), 8
    for _ in range(min(count, _MOST)):
        item, number = struct.unpack_from(">IB" if version else ">HB", ipma, at)
        at += 5 if version else 3
        places = struct.unpack_from(f">{number}{'H' if wide else 'B'}", ipma, at)
        at += number * (2 if wide else 1)
        yield item, [place & (0x7FFF if wide else 0x7F) for place in places]
