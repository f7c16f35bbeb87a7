"""JPEG: decoded at a half, a quarter or an eighth of its size where that is enough."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from videoai.media.decoding import rescue, vips
from videoai.media.decoding.opened import MAX_STREAMED_PIXELS, Opened, Wanted, check_size

_END = b"\xff\xd9"
_SCAN = b"\xff\xda"
_SHRINKS = (8, 4, 2)
_SPARE = 2
"""What is decoded smaller stays so many times larger than it will be, so that its details come from a better filter."""


def opened(data: bytes, name: str, wanted: Wanted) -> Opened:
    """See decode.OPENERS."""
    return _opened(data, name, wanted, fail_on="truncated")


def rescued(data: bytes, name: str, wanted: Wanted) -> Opened:
    """See decode.RESCUERS. The mark of the end alone is often missing, and no loss."""
    ended = data + _END
    rows = vips.rows_there(vips.load("jpegload_buffer", ended, fail_on="warning"))
    whole = _opened(ended, name, wanted, fail_on="none")
    if rows == whole.height:
        return whole
    if data.count(_SCAN) > 1 and _is_progressive(data):
        return rescue.blurred(whole)  # its first scan has all of the picture
    return rescue.cut(whole, rows, name)


def _is_progressive(data: bytes) -> bool:
    return any(marker == 0xC2 for marker, _ in segments(data))


def segments(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Each marker before the first scan, with its content."""
    at = 2
    while at + 4 <= len(data) and data[at] == 0xFF and data[at + 1] != _SCAN[1]:
        marker, length = data[at + 1], int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xFF:  # filling
            at += 1
            continue
        yield marker, data[at + 4 : at + 2 + length]
        at += 2 + length


def _opened(data: bytes, name: str, wanted: Wanted, **options: Any) -> Opened:
    whole = vips.load("jpegload_buffer", data, **options)
    width, height = whole.width, whole.height
    check_size(name, width, height, MAX_STREAMED_PIXELS)
    scale = wanted.scale(width, height)
    shrink = next((shrink for shrink in _SHRINKS if scale * shrink * _SPARE <= 1), 1)
    image = vips.load("jpegload_buffer", data, shrink=shrink, **options) if shrink > 1 else whole
    return Opened(image, width, height, vips.orientation_of(image), vips.profile_of(image))
