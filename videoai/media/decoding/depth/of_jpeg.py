"""The depth map in a JPEG, in each of the ways in which phones and cameras write it.

Google's cameras of 2014 on keep it in the XMP, as text (GDepth). Those of Android 10 on, by Dynamic Depth, append it
to the photo, and the XMP lists what follows. Apple appends it as one of several pictures (CIPA DC-007), and the XMP of
that says what it is. All of them lie as the photo lies.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator

import pyvips

from videoai.language import say
from videoai.media import jpeg_segments
from videoai.media.decoding import vips
from videoai.media.decoding.depth.found import (
    BadDepth,
    FoundDepth,
    Nearness,
    check_size,
    disparity,
    inverse_range,
    linear_range,
)
from videoai.media.decoding.depth.xmp import DEPTH_MAP, PIXEL_DATA, Xmp, xmp_of
from videoai.media.decoding.formats import jpeg, png, tiff_tags
from videoai.media.decoding.formats.jpeg_scans import frame_of
from videoai.media.decoding.formats.png_chunks import Header, chunks
from videoai.media.decoding.opened import TargetSize

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_END = b"\xff\xd9"
_MPF, _APP2, _ENTRIES, _ENTRY = b"MPF\0", 0xE2, 0xB002, 16
"""The list of pictures of CIPA DC-007: attribute, size, place and two others that it depends on, for each."""
_WANTED = TargetSize(longer=1024, shorter=1)
_SEMANTICS = {"Depth", "DepthMap"}


def found(data: bytes) -> FoundDepth | None:
    """See read.py."""
    said = xmp_of(data)
    if (text := said.get(DEPTH_MAP, "Data")) is not None:
        picture, nearness = base64.b64decode(text), _of_google(said)
    elif (content := _appended(said, data)) is not None:
        picture, nearness = content, _of_google(said)
    else:
        of_apple = next(_of_apple(data), None)
        if of_apple is None:
            return None
        picture, nearness = of_apple
    orientation = vips.orientation_of(vips.load("jpegload_buffer", data))
    return FoundDepth(_opened(picture), nearness, orientation)


def _opened(picture: bytes) -> pyvips.Image:
    """One band of it, which has not been decoded. Raises BadDepth."""
    if picture.startswith(_PNG):
        header = Header.of(next(chunks(picture)))
        check_size(header.width, header.height)
        return png.opened(picture, "", _WANTED).image[0]
    if picture.startswith(_JPEG):
        frame, _ = frame_of(picture)
        check_size(frame.width, frame.height)
        return jpeg.opened(picture, "", _WANTED).image[0]
    raise BadDepth(say("it is damaged"))


def _of_google(said: Xmp) -> Nearness:
    """RangeInverse is what cameras write, and what a map is taken for that does not say."""
    kind = said.get(DEPTH_MAP, "Format") or "RangeInverse"
    if kind not in ("RangeInverse", "RangeLinear"):
        raise BadDepth(say("its numbers are of an unknown kind"))
    if kind == "RangeInverse":
        return inverse_range
    return linear_range(said.number(DEPTH_MAP, "Near"), said.number(DEPTH_MAP, "Far"))


def _appended(said: Xmp, data: bytes) -> bytes | None:
    """That of the pictures behind the photo which is the map; None if none is listed. Raises BadDepth.

    They begin where the photo ends. Where something else came between, as some programs add, they are still the last.
    """
    called = said.get(DEPTH_MAP, "DepthURI")
    sizes = [int(item.get("Length") or 0) + int(item.get("Padding") or 0) for item in said.items]
    for number, item in enumerate(said.items):
        named = called is not None and called in (item.get("DataURI"), item.get("URI"))
        if number and (item.get("Semantic") in _SEMANTICS or named):
            _, frame_end = frame_of(data)
            end = data.find(_END, frame_end) + len(_END)
            length = int(item["Length"])
            forwards = end + int(said.items[0].get("Padding") or 0) + sum(sizes[1:number])
            for at in (forwards, len(data) - sum(sizes[number:])):
                if length > 0 and at >= end and data.startswith((_JPEG, _PNG), at) and at + length <= len(data):
                    return data[at : at + length]
            raise BadDepth(say("it is damaged"))
    return None


def _of_apple(data: bytes) -> Iterator[tuple[bytes, Nearness]]:
    for picture in _pictures(data):
        said = xmp_of(picture)
        kind = said.get(PIXEL_DATA, "AuxiliaryImageType")
        if kind == "disparity":
            yield picture, disparity
        elif kind == "depth":
            ends = (said.number(PIXEL_DATA, f"Float{which}Value") for which in ("Min", "Max"))
            yield picture, linear_range(*ends)


def _pictures(data: bytes) -> Iterator[bytes]:
    """Those after the first that a JPEG of several lists."""
    for segment in jpeg_segments.segments(data):
        if segment.marker == _APP2 and segment.content.startswith(_MPF):
            start = segment.start + 4 + len(_MPF)  # what places are counted from
            tags = tiff_tags.read(segment.content[len(_MPF) :])
            entries = tags.content(_ENTRIES)
            for entry in range(_ENTRY, len(entries) - _ENTRY + 1, _ENTRY):
                size, at = (
                    int.from_bytes(entries[place : place + 4], "little" if tags.order == "<" else "big")
                    for place in (entry + 4, entry + 8)
                )
                yield data[start + at : start + at + size]
            return
