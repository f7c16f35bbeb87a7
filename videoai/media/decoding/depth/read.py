"""From the bytes of a photo's file to the depth map in it, upright: a PNG as depth_png.py has it.

Phones do not always write what they announce, and other programs crop a photo without its map: it is only taken if it
has the photo's shape, is large enough, and tells of more than a few layers.
"""

from __future__ import annotations

from importlib import import_module

import pyvips

from videoai.language import say
from videoai.media.decoding import depth, kinds, vips
from videoai.media.decoding.depth.found import BadDepth, FoundDepth
from videoai.media.depth_png import FURTHEST

_SEMANTICS = (b'Semantic="Depth', b"Semantic='Depth", b"Semantic>Depth")
_READERS = {
    "JPEG": ("of_jpeg", (b"/depthmap/", *_SEMANTICS, b"ns.apple.com/pixeldatainfo/")),
    "HEIC": ("of_heif", (b"hevc:2015:auxid:2", b"systems:auxiliary:depth")),
}
"""Kind → the module that finds a depth map in such a file, and marks one of which is in each that may have one.

It has `found`: data → FoundDepth, or None if there is none after all. It raises BadDepth, or anything at all if the
file is damaged.
"""

LONGEST = 1024
"""Pixels of the longer side of what is kept: as many as a video has."""
_SHORTEST = 64
"""Of the longer side of a map that tells enough."""
_SHAPE = 0.03
"""What a map's width by its height may differ from the photo's: phones round to whole blocks."""
_ROUGH = 0.12
"""Of a map's whole range, what neighbours may differ by in the mean."""
_LEVELS = 16
"""Different numbers; fewer are layers, which a camera would move apart like cardboard."""


def is_marked(data: bytes) -> bool:
    """Whether a photo's file may have a depth map: a quick look."""
    kind = kinds.recognise(data)
    _, marks = _READERS.get("" if kind is None else kind.name, ("", ()))
    return any(mark in data for mark in marks)


def read(data: bytes, size: tuple[int, int]) -> bytes | None:
    """The map of a photo of that size (width, height), upright; None if there is none. Raises BadDepth."""
    kind = kinds.recognise(data)
    if kind is None or kind.name not in _READERS:
        return None
    reader = import_module(f"{depth.__name__}.{_READERS[kind.name][0]}")
    try:
        found = reader.found(data)
        return None if found is None else _png(found, size)
    except BadDepth:
        raise
    except Exception as error:  # a decoder may fail in any way on a damaged or hostile file
        raise BadDepth(say("it is damaged")) from error


def _png(found: FoundDepth, size: tuple[int, int]) -> bytes:
    image = vips.in_memory(_standing(found, size))  # all of it is read here
    if max(image.width, image.height) < _SHORTEST:
        raise BadDepth(say("it is too small"))
    if (image.hist_find() > 0).avg() * _bins(image) / 255 < _LEVELS:
        raise BadDepth(say("it is nearly the same everywhere"))
    near, scale = found.nearness(image / _most(image)), LONGEST / max(image.width, image.height)
    near = vips.in_memory(near.resize(scale, kernel="linear") if scale < 1 else near)
    even = _even(near)
    if _roughness(even) > _ROUGH:
        raise BadDepth(say("it is nothing but noise"))
    numbers = ((1 - even) * FURTHEST).rint().cast("ushort").copy(interpretation="grey16")
    content: bytes = numbers.pngsave_buffer(compression=4, bitdepth=16, keep="none")
    return content


def _standing(found: FoundDepth, size: tuple[int, int]) -> pyvips.Image:
    """Turned as the photo is; one that stands already, as some programs leave it, stays. Raises BadDepth."""
    for image in (vips.turned(found.image, found.orientation), found.image):
        if abs(image.width * size[1] / (image.height * size[0]) - 1) <= _SHAPE:
            return image
    raise BadDepth(say("it does not have the photo's shape"))


def _roughness(near: pyvips.Image) -> float:
    """The mean difference between neighbours: a third where each is as it comes, hundredths where there are things."""
    width = near.width - 1
    one, other = (near.extract_area(left, 0, width, near.height) for left in (0, 1))
    found: float = (one - other).abs().avg()
    return found


def _even(near: pyvips.Image) -> pyvips.Image:
    """From 0 for the furthest to 1 for the nearest. Raises ValueError if they are one."""
    least, most = near.min(), near.max()
    if not most > least:
        raise ValueError(f"from {least} to {most}")
    return (near - least) / (most - least)


def _most(image: pyvips.Image) -> int:
    return 65535 if image.format == "ushort" else 255


def _bins(image: pyvips.Image) -> int:
    """Of its histogram, whose numbers above the largest are left out."""
    return int(image.max()) + 1 if image.format == "ushort" else 256
