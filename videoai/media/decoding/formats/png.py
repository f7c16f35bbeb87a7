"""PNG: 8 or 16 bits, with its own ways to say colours."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from dataclasses import replace

from videoai.media.decoding import rescue, vips
from videoai.media.decoding.formats import png_animated, png_colours
from videoai.media.decoding.formats.png_chunks import Chunk, Header, chunks, file_of
from videoai.media.decoding.opened import MAX_STREAMED_PIXELS, Opened, TargetSize, check_size

_MOST_WHOLE, _MOST_STREAMED = 400_000_000, 1 << 30
"""Bytes of a picture without compression that is in memory as a whole, or comes row by row: a second or two."""


def opened(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS."""
    frame = png_animated.hidden_frame(data)
    if frame is None:
        return _opened(data, name, fail_on="error")
    size = Header.of(next(chunks(data)))
    check_size(name, size.width, size.height)
    first = _opened(frame.png, name, fail_on="error")
    canvas = frame.on_canvas(first.image, size.width, size.height)
    return replace(first, image=canvas, width=size.width, height=size.height)


def rescued(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS. Checksums of pixels may be wrong, and the end may be missing."""
    found = [chunk for chunk in chunks(data) if chunk.is_whole or chunk.kind == b"IDAT"]
    compressed = b"".join(chunk.content for chunk in found if chunk.kind == b"IDAT")
    before = [chunk for chunk in found if chunk.kind in _KEPT]
    header = Header.of(before[0])
    if header.interlaced:
        return _filled(before, header, compressed, name)
    check_size(name, header.width, header.height, _MOST_STREAMED // 2 * header.width // header.row_bytes)
    inflating = _Inflating(compressed)
    rows = inflating.count(header.height * header.row_bytes + 1) // header.row_bytes
    if not inflating.is_right and (sound := _sound(found)) < len(compressed):
        rows = _Inflating(compressed[:sound]).count(header.height * header.row_bytes) // header.row_bytes
    whole = _opened(file_of([*before, Chunk(b"IDAT", inflating.repaired())]), name, fail_on="none")
    return whole if rows >= header.height else rescue.cut(whole, rows)


def _sound(found: Iterable[Chunk]) -> int:
    """How many of the compressed bytes come before those that were changed: what breaks off was not."""
    size = 0
    for chunk in found:
        if chunk.kind == b"IDAT":
            if chunk.is_changed:
                break
            size += len(chunk.content)
    return size


_KEPT = (b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"cICP", b"cLLI", b"mDCV", b"sBIT", b"eXIf")
"""What a picture needs besides its pixels."""


def _filled(before: list[Chunk], header: Header, compressed: bytes, name: str) -> Opened:
    from videoai.media.decoding.formats import png_interlaced  # with numpy, which a whole PNG does without

    check_size(name, header.width, header.height, png_interlaced.MOST_BYTES // header.row_bytes * header.width)
    numbers = b"".join(_Inflating(compressed).pieces(2 * header.height * header.row_bytes))
    found = png_interlaced.filled(before, header, numbers)
    if found is None:
        raise ValueError("too few passes")
    image, is_all = found
    whole = _opened(file_of([*before, Chunk(b"IDAT", compressed)]), name, fail_on="none")
    there = replace(whole, image=image.copy(interpretation=whole.image.interpretation))
    return there if is_all else rescue.blurred(there)


class _Inflating:
    """What there is of the numbers. The checksum after them does not matter."""

    _HEADER, _AT_ONCE = 2, 1 << 16

    def __init__(self, compressed: bytes) -> None:
        self._compressed, self._inflating, self._checksum = compressed, zlib.decompressobj(-zlib.MAX_WBITS), 1
        self._end = len(compressed)

    def count(self, enough: int) -> int:
        """How many bytes of numbers there are, if there are not enough."""
        return sum(map(len, self.pieces(enough)))

    @property
    def is_right(self) -> bool:
        """After the pieces: whether the checksum after them is theirs."""
        return self._inflating.eof and self._compressed[self._end :][:4] == self._checksum.to_bytes(4, "big")

    def pieces(self, enough: int) -> Iterator[bytes]:
        """Until there are so many of them, or there is an end."""
        size, at, waiting = 0, self._HEADER, b""
        while size < enough and not self._inflating.eof and (waiting or at < len(self._compressed)):
            if not waiting:
                waiting, at = self._compressed[at : at + self._AT_ONCE], at + self._AT_ONCE
            try:
                piece = self._inflating.decompress(waiting, self._AT_ONCE)
            except zlib.error:
                return
            waiting = self._inflating.unconsumed_tail
            size += len(piece)
            self._checksum = zlib.adler32(piece, self._checksum)
            yield piece
        self._end = min(at, len(self._compressed)) - len(self._inflating.unused_data)

    def repaired(self) -> bytes:
        """After the pieces: with the right checksum, if they came to their end."""
        if not self._inflating.eof:
            return self._compressed
        return self._compressed[: self._end] + self._checksum.to_bytes(4, "big")


def _opened(data: bytes, name: str, fail_on: str) -> Opened:
    header = Header.of(next(chunks(data)))
    size = _MOST_WHOLE if header.interlaced else _MOST_STREAMED
    most = min(MAX_STREAMED_PIXELS, size * header.width // header.row_bytes)
    check_size(name, header.width, header.height, most)
    image = vips.load("pngload_buffer", data, fail_on=fail_on)
    return vips.opened(image, name, most, colours=png_colours.colours_of(data))
