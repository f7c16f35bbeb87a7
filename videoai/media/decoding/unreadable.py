"""Why a photo cannot be opened that is of a known kind: it is damaged, or of a variety that no decoder here knows."""

from __future__ import annotations

from collections.abc import Callable

from videoai.errors import BadPhoto
from videoai.language import say
from videoai.media.decoding import kinds
from videoai.media.decoding.formats import tiff_tags
from videoai.media.decoding.opened import EXPORT_HINT, damaged
from videoai.media.jpeg_segments import LOSSY_FRAMES, frame

_STRIPS, _STRIP_BYTES, _TILES, _TILE_BYTES = 273, 279, 324, 325


def unreadable(data: bytes, kind: str, name: str) -> BadPhoto:
    """The error for a file of `kind`, one of decode.FORMATS, that nothing could open."""
    found = kinds.recognise(data)
    words = {"name": name, "kind": "" if found is None else found.words}
    if kind in _IS_ODD and _IS_ODD[kind](data):
        return BadPhoto(say("{name} is {kind}, but of a type VideoAi cannot read.", **words), EXPORT_HINT)
    if kind in _IS_WHOLE and _IS_WHOLE[kind](data):
        return BadPhoto(say("{name} is {kind}, but it is damaged or of a rare type.", **words), EXPORT_HINT)
    return damaged(name)


def _is_an_odd_jpeg(data: bytes) -> bool:
    try:
        return frame(data).marker not in LOSSY_FRAMES
    except ValueError:
        return False


def _has_its_pixels(data: bytes) -> bool:
    """Whether all pixels that the first tags of a TIFF tell of are within the file."""
    first = next(tiff_tags.every(data), None)
    if first is None:
        return False
    places = first.there(_STRIPS) or first.there(_TILES)
    sizes = first.there(_STRIP_BYTES) or first.there(_TILE_BYTES)
    if not places or len(places) != len(sizes):
        return False
    return all(place + size <= len(data) for place, size in zip(places, sizes, strict=True))


def _ends_with_a_box(data: bytes) -> bool:
    """Whether the boxes of the file (ISO 14496-12) end where it does."""
    at = 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        if size == 0:  # the last one
            return True
        if size == 1:
            size = int.from_bytes(data[at + 8 : at + 16], "big")
        at += max(size, 8)
    return at == len(data)


_IS_ODD: dict[str, Callable[[bytes], bool]] = {
    "JPEG": _is_an_odd_jpeg,
    "BMP": lambda data: data[30:32] in (b"\4\0", b"\5\0"),  # a JPEG or PNG in it, for printers
    "HEIC": lambda data: _ends_with_a_box(data) and b"meta" not in data,  # only what moves
}
"""Kind → whether it is one that no decoder here knows."""

_IS_WHOLE: dict[str, Callable[[bytes], bool]] = {
    "TIFF": _has_its_pixels,
    "HEIC": _ends_with_a_box,
    "AVIF": _ends_with_a_box,
}
"""Kind → whether nothing is missing at its end."""
