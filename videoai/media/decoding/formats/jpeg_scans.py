"""How much there is to do for a JPEG: its frame and its scans (ITU-T T.81, annex B), without decoding them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from videoai.media.jpeg_segments import FRAMES, segments

_PROGRESSIVE = (0xC2, 0xC6, 0xCA, 0xCE)
_SCAN, _END = 0xDA, 0xD9
_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]", re.DOTALL)
"""What ends the numbers of a scan; restarts do not."""


@dataclass(frozen=True, slots=True)
class Scan:
    components: tuple[int, ...]
    first: int
    last: int
    """Of the 64 frequencies."""


@dataclass(frozen=True, slots=True)
class FrameHeader:
    width: int
    height: int
    progressive: bool
    components: dict[int, tuple[int, int]]
    """What each is called → how often it is sampled, across and down."""

    @property
    def samples(self) -> float:
        """Numbers for each pixel."""
        across, down = (max(sampled[axis] for sampled in self.components.values()) for axis in (0, 1))
        return sum(x * y for x, y in self.components.values()) / (across * down)


def frame_of(jpeg: bytes) -> tuple[FrameHeader, int]:
    """The frame, and where its scans begin. Raises ValueError if there is none."""
    found, at = None, 2
    for segment in segments(jpeg):
        at = segment.end
        if segment.marker in FRAMES and len(segment.content) > 5:
            body = segment.content
            height, width = (int.from_bytes(body[place : place + 2], "big") for place in (1, 3))
            parts = [body[place : place + 3] for place in range(6, len(body) - 2, 3)]
            components = {part[0]: (part[1] >> 4 or 1, part[1] & 15 or 1) for part in parts}
            found = FrameHeader(width, height, segment.marker in _PROGRESSIVE, components)
    if found is None or not found.components:
        raise ValueError("no frame")
    return found, at


def scans(jpeg: bytes, at: int) -> Iterator[Scan]:
    """Those from `at` on, up to the end of the picture: what comes after it, a film perhaps, is not looked at."""
    while (found := _MARKER.search(jpeg, at)) and jpeg[found.start() + 1] != _END:
        at = found.end()
        length = int.from_bytes(jpeg[at : at + 2], "big")
        if jpeg[at - 1] == _SCAN:
            body = jpeg[at + 2 : at + length]
            number = body[0] if body else 0
            if len(body) < 4 + 2 * number:
                return
            yield Scan(tuple(body[1 : 1 + 2 * number : 2]), body[1 + 2 * number], body[2 + 2 * number])
        at += length
