"""Moving WebPs, encoded by FFmpeg's libwebp as the frames come; what it leaves out is put into the file afterwards."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import IO
from xml.sax.saxutils import escape

import av
import numpy as np
from PIL import Image

from videoai.events import Pixels
from videoai.media.rate import Rate

_QUALITY, _METHOD = 90, 4
_TICKS = 1000
"""A WebP's clock has thousandths of a second."""


def write_webp(part: Path, frames: Iterable[Pixels], rate: Rate, comment: str) -> None:
    """Write `frames` as the WebP `part`. Raises OSError."""
    coming = iter(frames)
    first = next(coming)
    second = next(coming, None)
    if second is None:
        Image.fromarray(first).save(part, "webp", quality=_QUALITY, method=_METHOD, xmp=_xmp(comment))
        return
    context = av.CodecContext.create("libwebp_anim", "w")
    context.height, context.width, _ = first.shape
    context.pix_fmt, context.time_base = "bgra", Fraction(1, _TICKS)
    context.options = {"quality": str(_QUALITY), "compression_level": str(_METHOD), "loop": "0"}
    count = 0
    for index, pixels in enumerate(itertools.chain([first, second], coming)):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(pixels), format="rgb24").reformat(format="bgra")
        frame.pts, frame.time_base = rate.start(index, _TICKS), context.time_base
        context.encode(frame)
        count += 1
    (whole,) = context.encode(None)
    with part.open("wb") as file:
        end = rate.end(count, _TICKS)
        _complete(file, _moving(memoryview(whole), first.shape[1], first.shape[0], end), end, _xmp(comment))


_HEAD = 12
_MOVES, _HAS_XMP = 0x02, 0x04
_DURATION = slice(20, 23)
"""Where a frame's chunk says for how many thousandths it is shown."""


def _moving(encoded: memoryview, width: int, height: int, end: int) -> list[memoryview]:
    """The chunks of a moving picture. Of frames that are all the same the encoder makes a still one, without a time: it
    becomes two frames, as a clip in which nothing moves is a clip all the same."""
    chunks = list(_chunks(encoded))
    if any(bytes(chunk[:4]) == b"ANMF" for chunk in chunks):
        return chunks
    sides = (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    picture = b"".join(chunk for chunk in chunks if bytes(chunk[:4]) in (b"ALPH", b"VP8 ", b"VP8L"))
    frame = _chunk(b"ANMF", bytes(6) + sides + (end // 2).to_bytes(3, "little") + b"\0" + picture)
    head = _chunk(b"VP8X", bytes([_MOVES, 0, 0, 0]) + sides)
    return [memoryview(chunk) for chunk in (head, _chunk(b"ANIM", bytes(6)), frame, frame)]


def _complete(file: IO[bytes], chunks: list[memoryview], end: int, xmp: bytes) -> None:
    """Write a WebP with its settings inside, and with the last frame shown until `end`: the encoder, which is not told
    that, guesses it."""
    *others, last = (chunk for chunk in chunks if bytes(chunk[:4]) == b"ANMF")
    before = sum(int.from_bytes(chunk[_DURATION], "little") for chunk in others)
    more = _chunk(b"XMP ", xmp)
    file.write(_chunk_head(b"RIFF", len(b"WEBP") + sum(map(len, chunks)) + len(more)) + b"WEBP")
    for chunk in chunks:
        if bytes(chunk[:4]) == b"VP8X":
            file.write(bytes(chunk[:8]) + bytes([chunk[8] | _HAS_XMP]) + chunk[9:])
        elif chunk is last:
            file.write(chunk[: _DURATION.start])
            file.write((end - before).to_bytes(3, "little"))
            file.write(chunk[_DURATION.stop :])
        else:
            file.write(chunk)
    file.write(more)


def _chunks(encoded: memoryview) -> Iterator[memoryview]:
    at = _HEAD
    while at < len(encoded):
        size = int.from_bytes(encoded[at + 4 : at + 8], "little")
        end = at + 8 + size + size % 2
        yield encoded[at:end]
        at = end


def _chunk(name: bytes, content: bytes) -> bytes:
    return _chunk_head(name, len(content)) + content + b"\0" * (len(content) % 2)


def _chunk_head(name: bytes, size: int) -> bytes:
    return name + size.to_bytes(4, "little")


_XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description>{}</dc:description>'
    "</rdf:Description></rdf:RDF></x:xmpmeta>"
)


def _xmp(comment: str) -> bytes:
    """The comment as the XMP packet that a WebP file can carry."""
    return _XMP.format(escape(comment)).encode()
