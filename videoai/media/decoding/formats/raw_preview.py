"""The picture that a camera stored in its raw file, where that is as good as a photo."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice

from videoai.language import say
from videoai.media import jpeg_segments
from videoai.media.decoding import kinds
from videoai.media.decoding.formats import jpeg, tiff_tags
from videoai.media.decoding.formats.raw import is_of_a_sensor, raw_kind
from videoai.media.decoding.formats.tiff_tags import Tags
from videoai.media.decoding.opened import Opened, TargetSize

_START = b"\xff\xd8\xff"
_MOST = 64
"""JPEGs that are looked at."""
_HEAD = 1 << 20
"""So many bytes of each."""

_FOUND_BY_LOOKING = ("RAF", "ORF", "RW2", "CR3", "X3F")
"""Where such a picture lies is said differently in each; none of them packs the sensor's values as JPEG."""
_IN_CR3 = b"CMT1"
"""The box with the first directory."""

_WIDTH, _HEIGHT, _COMPRESSION, _ORIENTATION = 256, 257, 259, 274
_STRIPS, _STRIP_BYTES, _JPEG, _JPEG_BYTES = 273, 279, 513, 514
_JPEGS = (6, 7)
"""Values of the compression tag."""
_SHARE = 2 / 3
"""Of the sensor's sides."""
_LEAST_PIXELS, _LEAST_SIDE = 2_000_000, 1600
"""Or so much, which is more than a video has."""

Size = tuple[int, int]


def opened(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS. Raises BadPhoto if there is no such picture."""
    kind, found = raw_kind(data), list(tiff_tags.every(data))
    pictures = _lying_about(data) if kind in _FOUND_BY_LOOKING else _tagged(found)
    sizes = {place: size for place in islice(pictures, _MOST) if (size := _size(data, place))}
    place = max(sizes, key=lambda place: sizes[place][0] * sizes[place][1], default=None)
    if place is None or not _is_enough(sizes[place], _sensor(found)):
        raise kinds.refused(kinds.recognise(data), name)
    picture = jpeg.opened(data[place[0] : place[1]], name, wanted)
    if "orientation" not in picture.image.get_fields():
        picture = replace(picture, orientation=_orientation(data, found))
    told = say("The photo is a camera raw file, so VideoAi uses the picture that the camera stored in it.")
    return replace(picture, notices=(told, *picture.notices))


def _tagged(found: list[Tags]) -> Iterator[Size]:
    """From where to where in a TIFF file JPEGs are that are no sensor's values."""
    for picture in found:
        starts, sizes = picture.there(_JPEG), picture.there(_JPEG_BYTES)
        if not starts and picture.first(_COMPRESSION) in _JPEGS and not is_of_a_sensor(picture):
            starts, sizes = picture.there(_STRIPS), picture.there(_STRIP_BYTES)
        if len(starts) == len(sizes) == 1:
            yield starts[0], starts[0] + sizes[0]


def _lying_about(data: bytes) -> Iterator[Size]:
    """From where in the file each JPEG begins, to its end: what follows one is passed over."""
    at = data.find(_START)
    while at >= 0:
        yield at, len(data)
        at = data.find(_START, at + 1)


def _size(data: bytes, place: Size) -> Size | None:
    """Width and height of the JPEG there, if it is one and a picture."""
    head = data[place[0] : min(place[1], place[0] + _HEAD)]
    try:
        # Lossless ones are how sensors' values are packed.
        found = head.startswith(_START) and jpeg_segments.frame(head).marker in jpeg_segments.LOSSY_FRAMES
        return jpeg_segments.size(head) if found else None
    except ValueError:
        return None


def _sensor(found: list[Tags]) -> Size | None:
    """How large the raw picture is, if a directory says so."""
    raws = filter(is_of_a_sensor, found)
    sizes = [(each.first(_WIDTH), each.first(_HEIGHT)) for each in raws]
    return max(sizes, key=lambda size: size[0] * size[1], default=None)


def _is_enough(size: Size, sensor: Size | None) -> bool:
    if size[0] * size[1] >= _LEAST_PIXELS and max(size) >= _LEAST_SIDE:
        return True
    return sensor is not None and all(
        side >= _SHARE * whole > 0 for side, whole in zip(sorted(size), sorted(sensor), strict=True)
    )


def _orientation(data: bytes, found: list[Tags]) -> int:
    """As the raw file says: 1–8."""
    at = data.find(_IN_CR3) + len(_IN_CR3)
    inside = tiff_tags.every(data[at : at + (1 << 16)]) if raw_kind(data) == "CR3" else ()
    said = next((picture.first(_ORIENTATION) for picture in (*found, *inside)), 1)
    return said if 1 <= said <= 8 else 1
