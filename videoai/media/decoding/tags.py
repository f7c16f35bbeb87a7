"""The tags of a TIFF file: those of its first picture read, and others written in their place."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_FORMATS = {1: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q"}
"""Types of whole numbers; texts, fractions and floats do not matter here."""
_LONG, _LONG8 = 4, 16
_ORDERS = {b"II": "<", b"MM": ">"}
_MOST_TAGS, _MOST_NUMBERS = 512, 1 << 20
"""More no program writes."""


@dataclass(frozen=True, slots=True)
class Tags:
    """`order` is struct's sign of the file's byte order; `big`: a BigTIFF, whose addresses have 8 bytes."""

    data: bytes
    order: str
    big: bool
    entries: Mapping[int, tuple[int, int, bytes]]
    """Tag → type, count, and the value or where it is."""

    def __contains__(self, tag: int) -> bool:
        return tag in self.entries

    def all(self, tag: int, *default: int) -> tuple[int, ...]:
        """All numbers of a tag, or `default` if it has none. Raises ValueError or struct.error if they are cut off."""
        kind, count, value = self.entries.get(tag, (0, 0, b""))
        if kind not in _FORMATS or count == 0:
            return default
        if count > _MOST_NUMBERS:
            raise ValueError(f"{count} numbers")
        form = f"{self.order}{count}{_FORMATS[kind]}"
        return struct.unpack(form, self._content(value, struct.calcsize(form)))

    def one(self, tag: int, default: int) -> int:
        """The first number of a tag."""
        return self.all(tag, default)[0]

    def content(self, tag: int) -> bytes:
        """The bytes of a tag whose type they are, or nothing."""
        _, count, value = self.entries.get(tag, (0, 0, b""))
        return self._content(value, count)

    def _content(self, value: bytes, size: int) -> bytes:
        if size <= len(value):
            return value[:size]
        (at,) = struct.unpack(f"{self.order}{'Q' if self.big else 'I'}", value)
        return self.data[at : at + size]


def read(data: bytes) -> Tags:
    """Those of the first picture. Raises KeyError, ValueError or struct.error if it is no whole TIFF file."""
    order = _ORDERS[data[:2]]
    big = struct.unpack_from(f"{order}H", data, 2)[0] == 43
    (at,) = struct.unpack_from(f"{order}Q", data, 8) if big else struct.unpack_from(f"{order}I", data, 4)
    head, entry = (f"{order}Q", f"{order}HHQ8s") if big else (f"{order}H", f"{order}HHI4s")
    (count,) = struct.unpack_from(head, data, at)
    if count > _MOST_TAGS:
        raise ValueError(f"{count} tags")
    at += struct.calcsize(head)
    table = data[at : at + count * struct.calcsize(entry)]
    return Tags(data, order, big, {tag: tuple(entry) for tag, *entry in struct.iter_unpack(entry, table)})


def with_pictures(tags: Tags, pictures: Sequence[Mapping[int, Sequence[int]]]) -> bytes:
    """The file with these pictures, each tag → numbers, instead of its own: what they point to stays where it is."""
    form, kind, count = ("Q", _LONG8, "Q") if tags.big else ("I", _LONG, "H")
    head, address = struct.Struct(tags.order + count), struct.Struct(tags.order + form)
    entry = struct.Struct(f"{tags.order}HH{form}{form}")
    parts, start = [tags.data], len(tags.data)
    for picture in pictures:
        at = start + head.size + entry.size * len(picture) + address.size
        table, values = b"", b""
        for tag, numbers in sorted(picture.items()):
            alone = len(numbers) == 1
            table += entry.pack(tag, kind, len(numbers), numbers[0] if alone else at + len(values))
            values += b"" if alone else struct.pack(f"{tags.order}{len(numbers)}{form}", *numbers)
        start = at + len(values)
        following = start if picture is not pictures[-1] else 0
        parts += [head.pack(len(picture)), table, address.pack(following), values]
    first = 8 if tags.big else 4
    parts[0] = tags.data[:first] + address.pack(len(tags.data)) + tags.data[first + address.size :]
    return b"".join(parts)
