"""The tags of a TIFF file: those of its pictures read, and others written in their place."""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

_FORMATS = {1: "B", 3: "H", 4: "I", 7: "B", 13: "I", 16: "Q", 18: "Q"}
"""Types of whole numbers; texts, fractions and floats do not matter here."""
_LONG, _LONG8 = 4, 16
_ORDERS = {b"II": "<", b"MM": ">"}
_BELOW = 330
"""The tag with the places of further pictures' tags."""
_MOST_PICTURES, _MOST_TAGS, _MOST_NUMBERS = 32, 512, 1 << 20
"""More tags and numbers no program writes, and of more pictures nobody asks."""


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

    def there(self, tag: int) -> tuple[int, ...]:
        """All numbers of a tag, or none if the file breaks off before them, or lies."""
        try:
            return self.all(tag)
        except (ValueError, struct.error):
            return ()

    def first(self, tag: int) -> int:
        """The first number of a tag, or 0 if it is not there."""
        return next(iter(self.there(tag)), 0)

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
    return _directory(data, *_beginning(data))[0]


def every(data: bytes) -> Iterator[Tags]:
    """Those of each picture, in a row and below one another. What is broken is passed over, and so is no TIFF file."""
    try:
        order, big, first = _beginning(data)
    except (KeyError, struct.error):
        return
    ahead, seen = [first], set[int]()
    while ahead and len(seen) < _MOST_PICTURES:
        at = ahead.pop(0)
        if not 0 < at < len(data) or at in seen:
            continue
        seen.add(at)
        try:
            found, following = _directory(data, order, big, at)
        except (ValueError, struct.error):
            continue
        ahead += [*found.there(_BELOW)[:_MOST_PICTURES], following]
        yield found


def _beginning(data: bytes) -> tuple[str, bool, int]:
    """The order of bytes, whether it is a BigTIFF, and where the first picture's tags are."""
    order = _ORDERS[data[:2]]
    big = struct.unpack_from(f"{order}H", data, 2)[0] == 43
    (at,) = struct.unpack_from(f"{order}Q", data, 8) if big else struct.unpack_from(f"{order}I", data, 4)
    return order, big, at


def _directory(data: bytes, order: str, big: bool, at: int) -> tuple[Tags, int]:
    """The tags at a place, and where those of the next picture are: 0 if there is none."""
    head, entry, place = (
        (f"{order}Q", f"{order}HHQ8s", f"{order}Q") if big else (f"{order}H", f"{order}HHI4s", f"{order}I")
    )
    (count,) = struct.unpack_from(head, data, at)
    if count > _MOST_TAGS:
        raise ValueError(f"{count} tags")
    at += struct.calcsize(head)
    end = at + count * struct.calcsize(entry)
    entries = {tag: tuple(entry) for tag, *entry in struct.iter_unpack(entry, data[at:end])}
    following = struct.unpack_from(place, data, end)[0] if end + struct.calcsize(place) <= len(data) else 0
    return Tags(data, order, big, entries), following


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
