"""What the boxes of a HEIC or AVIF file say of its primary picture (ISO 23008-12 and 14496-12)."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

Box = tuple[bytes, memoryview]

_DEEPEST, _MOST = 8, 1 << 16
"""Pictures made of pictures, and boxes or items in a row; more no program writes."""
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

    @property
    def is_grey(self) -> bool:
        """Whether it is coded without chroma."""
        av1, hevc = self.properties.get(b"av1C", b""), self.properties.get(b"hvcC", b"")
        return bool(av1[2:3] and av1[2] & _AV1_GREY) or bool(hevc[16:17] and not hevc[16] & _HEVC_CHROMA)


def primary_of(data: bytes) -> Primary:
    """Raises ValueError if the boxes do not say."""
    try:
        meta = _Meta(_one(_boxes(memoryview(data)), b"meta")[4:])
        return meta.described()
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
    """A meta box."""

    def __init__(self, content: memoryview) -> None:
        boxes = dict(reversed([*_boxes(content)]))  # the first of each kind
        self._types = dict(_types(boxes[b"iinf"]))
        references = [*_references(boxes.get(b"iref", memoryview(bytes(4))))]
        self._tiles = {item: other for kind, item, other in references if kind == b"dimg"}
        self._premultiplied = {item for kind, item, _ in references if kind == b"prem"}
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
        for place in [place for item in family for place in self._owned.get(item, [])]:
            if not 0 < place <= len(self._boxes):
                continue
            kind, content = self._boxes[place - 1]
            if kind == b"colr":
                kind, content = b"colr." + bytes(content[:4]), content[4:]
            found.setdefault(kind, bytes(content))
        return Primary(self._types[family[-1]], found, self._primary in self._premultiplied)

    def _family(self, item: int) -> list[int]:
        """It, the first picture that it is made of, and so on."""
        family = [item]
        while family[-1] in self._tiles and len(family) < _DEEPEST:
            family.append(self._tiles[family[-1]])
        return family


def _types(iinf: memoryview) -> Iterator[tuple[int, bytes]]:
    """Item → its type."""
    for kind, content in _boxes(iinf[6 if iinf[0] == 0 else 8 :]):
        if kind == b"infe" and content[0] >= 2:
            item, _, codec = struct.unpack_from(">HH4s" if content[0] == 2 else ">IH4s", content, 4)
            yield item, codec


def _references(iref: memoryview) -> Iterator[tuple[bytes, int, int]]:
    """Kind, item, and the first of those that it refers to."""
    wide = iref[0] > 0
    for kind, content in _boxes(iref[4:]):
        item, _, other = struct.unpack_from(">IHI" if wide else ">HHH", content)
        yield kind, item, other


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
