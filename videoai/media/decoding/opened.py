"""A picture file that was opened: its pixels are read when they are asked for, row by row where the format can."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from videoai.errors import BadPhoto
from videoai.language import say

if TYPE_CHECKING:
    import pyvips

    from videoai.media.decoding.colours.colour import Colours

MAX_PIXELS = 100_000_000
"""Of a picture that its format only gives as a whole."""
MAX_STREAMED_PIXELS = 250_000_000
"""Of one that comes in rows, or smaller than it is. Phones make photos of 200 million pixels."""
MAX_AVIF_PIXELS = 50_000_000
"""Of an AVIF, whose decoders take the most."""
MAX_SIDE = 65_535
"""As much as a JPEG can have."""

EXPORT_HINT = say("Open it in another program and export it again as JPEG or PNG.")


@dataclass(frozen=True, slots=True)
class Opened:
    """`image` as it lies in the file, perhaps smaller already; `width` and `height` are the file's own."""

    image: pyvips.Image
    width: int
    height: int
    orientation: int = 1
    """As in EXIF: 1–8."""
    colours: Colours | None = None
    """What its numbers mean; None: sRGB, or grey as in sRGB."""
    notices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TargetSize:
    """What the picture is for: it is made smaller as long as both sides stay no less than these, in pixels."""

    longer: int
    shorter: int

    def scale(self, width: int, height: int) -> float:
        """What a picture of this size is multiplied by: 1 or less."""
        least = max(self.longer / max(width, height), self.shorter / min(width, height))
        return min(1.0, least, _LONGEST_KEPT / max(width, height), math.sqrt(_MOST_KEPT / (width * height)))


_LONGEST_KEPT, _MOST_KEPT = 1 << 14, 1 << 24
"""On a side, which browsers draw, and in all. Only strips of a picture have more with their other side as wanted."""


def check_size(name: str, width: int, height: int, most: int = MAX_PIXELS) -> None:
    """Raises BadPhoto if that is too large. `most` is MAX_PIXELS or MAX_STREAMED_PIXELS."""
    size = {"name": name, "width": width, "height": height}
    if max(width, height) > MAX_SIDE:
        raise BadPhoto(
            say("{name} is {width} × {height} pixels; a side can have at most {most}.", **size, most=MAX_SIDE),
            say("Crop it or make it smaller first."),
        )
    if width * height > most:
        raise BadPhoto(
            say("{name} is {width} × {height} pixels; the limit is {most} million.", **size, most=most // 1_000_000),
            say("Make it smaller first."),
        )


def damaged(name: str) -> BadPhoto:
    return BadPhoto(say("{name} is damaged or incomplete.", name=name), EXPORT_HINT)


def laborious(name: str) -> BadPhoto:
    """Of a file that asks for far more work than a photo does."""
    return BadPhoto(say("{name} is built in a way that takes too long to open.", name=name), EXPORT_HINT)
