"""Animated PNG: its first frame, on its canvas. The picture that others show may be none of the animation's."""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace

import pyvips

from videoai.media.decoding.formats.png_chunks import Chunk, Header, chunks, file_of


@dataclass(frozen=True, slots=True)
class PNGFrame:
    """`png` is a file of its own, to be put at (`left`, `top`)."""

    png: bytes
    left: int
    top: int

    def on_canvas(self, image: pyvips.Image, width: int, height: int) -> pyvips.Image:
        """`image`, the frame decoded, on what is transparent or, if it cannot be, white."""
        around = "black" if image.hasalpha() else "white"
        return image.embed(self.left, self.top, width, height, extend=around)


def hidden_frame(data: bytes) -> PNGFrame | None:
    """The first frame of an animation that begins after the picture; None if the picture is the first, or is alone."""
    if b"acTL" not in data[:_FAR_ENOUGH]:
        return None
    before, pixels, place = list[Chunk](), list[bytes](), b""
    animated = seen_picture = False
    for chunk in chunks(data):
        if chunk.kind == b"IDAT":
            seen_picture = True
        elif not seen_picture:
            if chunk.kind == b"fcTL":
                return None
            animated = animated or (chunk.kind == b"acTL" and any(chunk.content[:4]))
            before.append(chunk)
        elif not animated:
            return None
        elif chunk.kind == b"fcTL":
            if place:
                break
            place = chunk.content
        elif chunk.kind == b"fdAT" and place:
            pixels.append(chunk.content[4:])
    return _frame(before, place, b"".join(pixels)) if pixels else None


_FAR_ENOUGH = 1 << 20


def _frame(before: list[Chunk], place: bytes, pixels: bytes) -> PNGFrame | None:
    canvas = Header.of(before[0])
    _, width, height, left, top = struct.unpack_from(">5I", place)
    if left + width > canvas.width or top + height > canvas.height:
        return None
    head = replace(canvas, width=width, height=height).chunk()
    kept = (chunk for chunk in before[1:] if chunk.kind != b"acTL" and chunk.is_whole)
    return PNGFrame(file_of([head, *kept, Chunk(b"IDAT", pixels)]), left, top)
