"""What the XMP of a JPEG says, the extended kind too: names and values, and the pictures that its container lists.

Adobe XMP specification, part 3, 1.1.3: what does not fit into one segment lies in further ones, in any order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from videoai.language import say
from videoai.media import jpeg_segments
from videoai.media.decoding.depth.found import BadDepth
from videoai.media.jpeg_depth import APP1, XMP

DEPTH_MAP = "depthmap"
PIXEL_DATA = "pixeldatainfo"
ITEM = "item"
_SPACES = {
    "http://ns.google.com/photos/1.0/depthmap/": DEPTH_MAP,
    "http://ns.google.com/photos/dd/1.0/depthmap/": DEPTH_MAP,
    "http://ns.google.com/photos/1.0/container/item/": ITEM,
    "http://ns.google.com/photos/dd/1.0/item/": ITEM,
    "http://ns.google.com/photos/1.0/container/": "container",
    "http://ns.google.com/photos/dd/1.0/container/": "container",
    "http://ns.apple.com/pixeldatainfo/1.0/": PIXEL_DATA,
}
"""The name spaces that matter; the second of two is that of Dynamic Depth."""
_EXTENSION = b"http://ns.adobe.com/xmp/extension/\0"
_GUID = 32
_HEAD = len(_EXTENSION) + _GUID + 8


@dataclass(slots=True)
class Xmp:
    """`values` by space and name, as (DEPTH_MAP, "Format"), the first of each; `items` are those of a container, the
    photo first, each by name."""

    values: dict[tuple[str, str], str] = field(default_factory=dict)
    items: list[dict[str, str]] = field(default_factory=list)

    def get(self, space: str, name: str) -> str | None:
        return self.values.get((space, name))

    def number(self, space: str, name: str) -> float:
        """Raises KeyError, ValueError."""
        return float(self.values[space, name])


def xmp_of(jpeg: bytes) -> Xmp:
    """All that is said. Raises BadDepth, or expat.ExpatError for what is no XMP."""
    found = Xmp()
    for packet in _packets(jpeg):
        _Reader(found).read(packet)
    return found


def _packets(jpeg: bytes) -> Iterator[bytes]:
    extended: dict[bytes, tuple[bytearray, int]] = {}
    for segment in jpeg_segments.segments(jpeg):
        if segment.marker != APP1:
            continue
        content = segment.content
        if content.startswith(XMP):
            yield content[len(XMP) :]
        elif content.startswith(_EXTENSION) and len(content) >= _HEAD:
            guid = content[len(_EXTENSION) : len(_EXTENSION) + _GUID]
            length, at = (int.from_bytes(content[_HEAD - 8 + more : _HEAD - 4 + more], "big") for more in (0, 4))
            if length > len(jpeg):
                raise BadDepth(say("it is damaged"))
            whole, there = extended.get(guid, (bytearray(length), 0))
            piece = content[_HEAD:][: max(0, len(whole) - at)]
            whole[at : at + len(piece)] = piece
            extended[guid] = whole, there + len(piece)
    for whole, there in extended.values():
        if there < len(whole):
            raise BadDepth(say("it is damaged"))
        yield bytes(whole)


class _Reader:
    """Fills an Xmp from a packet: a value may be an attribute, or the text of an element."""

    def __init__(self, found: Xmp) -> None:
        self._found = found
        self._texts: list[list[str]] = []

    def read(self, packet: bytes) -> None:
        parser = expat.ParserCreate(namespace_separator=" ")
        parser.buffer_text = True
        parser.StartDoctypeDeclHandler = self._refuse
        parser.StartElementHandler = self._begin
        parser.CharacterDataHandler = self._hear
        parser.EndElementHandler = self._end
        parser.Parse(packet.rstrip(b"\0"), True)

    def _refuse(self, *_: object) -> None:
        """No XMP has definitions, with which a few bytes could stand for very many."""
        raise BadDepth(say("it is damaged"))

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if _split(name) == ("container", "Item"):
            self._found.items.append({})
        self._texts.append([])
        for each, value in attributes.items():
            self._note(each, value)

    def _hear(self, text: str) -> None:
        if self._texts:
            self._texts[-1].append(text)

    def _end(self, name: str) -> None:
        self._note(name, "".join(self._texts.pop()).strip())

    def _note(self, name: str, value: str) -> None:
        space, local = _split(name)
        if space == ITEM and self._found.items:
            self._found.items[-1].setdefault(local, value)
        elif space in (DEPTH_MAP, PIXEL_DATA) and value:
            self._found.values.setdefault((space, local), value)


def _split(name: str) -> tuple[str, str]:
    space, _, local = name.rpartition(" ")
    return _SPACES.get(space, ""), local
