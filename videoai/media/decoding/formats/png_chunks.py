"""The chunks of a PNG file (PNG Specification, third edition), and other files made of them."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

MARK = b"\x89PNG\r\n\x1a\n"
_PIECE = 1 << 15


@dataclass(frozen=True, slots=True)
class Chunk:
    kind: bytes
    content: bytes
    is_whole: bool = True
    """Whether all of it is there, and as its checksum says."""
    is_changed: bool = False
    """Whether all of it is there, but not as its checksum says."""


def chunks(data: bytes, before: bytes = b"") -> Iterator[Chunk]:
    """All `before` the first of that kind, or up to the end of the picture; the last one may be less than it says."""
    at, view = len(MARK), memoryview(data)
    while at + 8 <= len(data):
        length, kind = struct.unpack_from(">I4s", data, at)
        if kind == before:
            return
        content = bytes(view[at + 8 : at + 8 + length])
        checksum = data[at + 8 + length : at + 12 + length]
        is_whole = checksum == zlib.crc32(content, zlib.crc32(kind)).to_bytes(4, "big")
        yield Chunk(kind, content, is_whole, is_changed=not is_whole and len(checksum) == 4)
        at += 12 + length
        if kind == b"IEND":
            return


def file_of(found: Iterable[Chunk]) -> bytes:
    """A file of these chunks, with their checksums and an end."""
    parts = [MARK]
    for chunk in (*found, Chunk(b"IEND", b"")):
        for content in _pieces(chunk):
            checksum = zlib.crc32(content, zlib.crc32(chunk.kind))
            parts += [struct.pack(">I4s", len(content), chunk.kind), content, checksum.to_bytes(4, "big")]
    return b"".join(parts)


def _pieces(chunk: Chunk) -> Iterator[bytes]:
    """Pixels in small chunks: of a chunk that breaks off no decoder shows a row."""
    step = _PIECE if chunk.kind == b"IDAT" else max(1, len(chunk.content))
    yield from (chunk.content[at : at + step] for at in range(0, max(1, len(chunk.content)), step))


@dataclass(frozen=True, slots=True)
class Header:
    """What IHDR says."""

    width: int
    height: int
    bits: int
    kind: int
    interlaced: bool

    @classmethod
    def of(cls, chunk: Chunk) -> Header:
        """Raises struct.error."""
        width, height, bits, kind, _, _, interlaced = struct.unpack(">IIBBBBB", chunk.content)
        return cls(width, height, bits, kind, interlaced == 1)

    def chunk(self) -> Chunk:
        return Chunk(
            b"IHDR", struct.pack(">IIBBBBB", self.width, self.height, self.bits, self.kind, 0, 0, self.interlaced)
        )

    @property
    def row_bytes(self) -> int:
        """Of a row before it is compressed, with the byte that names its filter."""
        bands = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[self.kind]
        return (self.width * bands * self.bits + 7) // 8 + 1
