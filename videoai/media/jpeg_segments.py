"""The segments before the first scan of a JPEG (ITU-T T.81, annex B), without decoding it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

_SCAN = 0xDA
_COMMENT = 0xFE
LOSSY_FRAMES = frozenset({0xC0, 0xC1, 0xC2})
"""Markers of a frame's header, as all programs write them and read them."""
FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC} | {0xF7}
"""And lossless, arithmetic and JPEG-LS ones."""
_MOST = 1000
"""More segments before its frame no JPEG has."""
_FILLING = 0xFF


@dataclass(frozen=True, slots=True)
class Segment:
    """One from `start` to `end` in the file, the marker itself included; `content` is without marker and length."""

    marker: int
    content: bytes
    start: int
    end: int


def segments(jpeg: bytes) -> Iterator[Segment]:
    """Those that are there; a file that breaks off has fewer."""
    at = 2
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF and jpeg[at + 1] != _SCAN:
        if jpeg[at + 1] == _FILLING:
            at += 1
            continue
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
        yield Segment(jpeg[at + 1], jpeg[at + 4 : end], at, end)
        at = end


def frame(jpeg: bytes) -> Segment:
    """The frame's header. Raises ValueError if it is not there."""
    for segment in islice(segments(jpeg), _MOST):
        if segment.marker in FRAMES and len(segment.content) >= 5:
            return segment
    raise ValueError("no frame")


def size(jpeg: bytes) -> tuple[int, int]:
    """Width and height. Raises ValueError if they are not there."""
    height, width = (int.from_bytes(frame(jpeg).content[at : at + 2], "big") for at in (1, 3))
    return width, height


def comment(jpeg: bytes) -> bytes:
    """The first comment; empty if there is none."""
    return next((segment.content for segment in segments(jpeg) if segment.marker == _COMMENT), b"")


def with_comment(jpeg: bytes, text: bytes) -> bytes:
    """With a comment, after the first segment: some programs want that of JFIF to stay first."""
    at = next(segments(jpeg)).end
    return jpeg[:at] + b"\xff\xfe" + (2 + len(text)).to_bytes(2, "big") + text + jpeg[at:]


def without_comments(jpeg: bytes) -> bytes:
    """Without any."""
    kept, at = b"", 0
    for segment in segments(jpeg):
        if segment.marker == _COMMENT:
            kept, at = kept + jpeg[at : segment.start], segment.end
    return kept + jpeg[at:]
