"""From the bytes of a picture file to an upright sRGB picture.

The content decides the format, not the name, and only the decoders named here are ever opened. Nothing but pixels
passes: no EXIF, no GPS, no colour profile.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module

import pyvips

from videoai.errors import BadPhoto
from videoai.media.decoding import formats, kinds, vips
from videoai.media.decoding.colours import alpha, colour
from videoai.media.decoding.opened import Opened, TargetSize
from videoai.media.decoding.unreadable import unreadable

FORMATS = {
    "JPEG": "jpeg",
    "PNG": "png",
    "WebP": "webp",
    "GIF": "gif",
    "TIFF": "tiff",
    "BMP": "bmp",
    "HEIC": "heif",
    "AVIF": "heif",
    "RAW": "raw_preview",
}
"""Kind → the module in formats/ that opens it, which is loaded when it is needed: numpy alone takes as long as a photo.

Each has `opened`: (data, name, wanted) → Opened. It raises BadPhoto, or anything at all if the file is damaged. Some
have `rescued`, the same for a file that is odd, or breaks off: as much as there is of it.
"""

Opener = Callable[[bytes, str, TargetSize], Opened]


@dataclass(frozen=True, slots=True)
class Decoded:
    """`image` is in memory, upright, sRGB, three bands of 8 bits; `width` and `height` are the file's, upright."""

    image: pyvips.Image
    width: int
    height: int
    notices: tuple[str, ...] = ()


def decode(data: bytes, name: str, wanted: TargetSize) -> Decoded:
    """The photo in these bytes; `name` is only for messages. Raises BadPhoto."""
    kind = kinds.kind_of(data, name)
    ways = _ways(kind)
    for opener in ways:
        try:
            return _upright(opener(data, name, wanted), wanted)
        except BadPhoto:
            raise
        except Exception as error:  # a decoder may fail in any way on a damaged or hostile file
            if opener is ways[-1]:
                raise unreadable(data, kind, name) from error
    raise AssertionError(kind)


def _ways(kind: str) -> list[Opener]:
    module = import_module(f"{formats.__name__}.{FORMATS[kind]}")
    return [getattr(module, way) for way in ("opened", "rescued") if hasattr(module, way)]


def _upright(opened: Opened, wanted: TargetSize) -> Decoded:
    """Made small, then sRGB, then upright: each on as few pixels as can be."""
    scale = wanted.scale(opened.width, opened.height)
    width, height = (max(1, round(side * scale)) for side in (opened.width, opened.height))
    image = alpha.resized(opened.image, width, height)
    image = vips.in_memory(image)  # all of the file is read here, once
    image, notices = colour.to_srgb(image, opened.colours)
    image = vips.turned(image, opened.orientation)
    size = (opened.width, opened.height)
    return Decoded(image, *(size[::-1] if opened.orientation >= 5 else size), (*opened.notices, *notices))
