"""JPEG: decoded at a half, a quarter or an eighth of its size where that is enough."""

from __future__ import annotations

from itertools import islice
from typing import Any

import pyvips

from videoai.media.decoding import rescue, vips
from videoai.media.decoding.formats.jpeg_scans import FrameHeader, Scan, frame_of, scans
from videoai.media.decoding.opened import (
    MAX_PIXELS,
    MAX_STREAMED_PIXELS,
    Opened,
    TargetSize,
    check_size,
    damaged,
    laborious,
)

_END = b"\xff\xd9"
_SHRINKS = (8, 4, 2)
_SPARE = 2
"""What is decoded smaller stays so many times larger than it will be, so that its details come from a better filter."""
_BLOCK = 8
_NUMBERS = b"\x5a\xc3\x96\x2d" * 16
_MORE = _NUMBERS + b"".join(bytes((0xFF, restart)) + _NUMBERS for restart in range(0xD0, 0xD8))
"""What no pixels are that somebody meant, after each of the marks that may be waited for."""
_MOST_SCANS = 100
"""Cameras and programs write about ten."""
_MOST_PASSED = 3_000_000_000
"""Pixels, as often as a scan goes over them: two seconds."""
_MOST_KEPT = 400_000_000
"""Bytes of a picture that comes in several scans, of which all numbers are in memory."""
_NUMBER = 2
"""Bytes."""
_COARSE = 5
"""With so many of the 63 frequencies of its brightness a picture can be made out."""


def opened(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS."""
    frame, at = frame_of(data)
    check_size(name, frame.width, frame.height, MAX_STREAMED_PIXELS)
    first = next(scans(data, at), None)
    if first is None or frame.progressive or len(first.components) < len(frame.components):
        _check_work(data, name, frame, at)
    if data.find(_END, at) < 0:
        raise ValueError("no end")
    # Where numbers are missing before the end, that is only a warning; of several scans most warnings do not matter.
    return _opened(data, wanted, fail_on="truncated" if frame.progressive else "warning")


def _check_work(data: bytes, name: str, frame: FrameHeader, at: int) -> None:
    """Of a picture in several scans. Raises BadPhoto."""
    check_size(name, frame.width, frame.height, int(_MOST_KEPT / (_NUMBER * frame.samples)))
    number = sum(1 for _ in islice(scans(data, at), _MOST_SCANS + 1))
    if number > min(_MOST_SCANS, _MOST_PASSED // (frame.width * frame.height)):
        raise laborious(name)


def rescued(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS. The mark of the end alone is often missing, and no loss."""
    frame, at = frame_of(data)
    end = data.find(_END, at)
    if end >= 0 and frame.width * frame.height > MAX_PIXELS:
        return _opened(data, wanted, fail_on="truncated")  # too large to find out what the warning was
    check_size(name, frame.width, frame.height)
    # Where a copy broke off, its place on the disk may be filled up.
    there = data[:end] if end >= 0 and not frame.progressive else data.rstrip(b"\0").rstrip(b"\xff")
    whole = _opened(there + _END, wanted, fail_on="none")
    if frame.progressive:
        complete = [*scans(there, at)][:-1]
        if not any(_is_coarse(scan, frame) for scan in complete):
            raise damaged(name)
        return rescue.blurred(whole)
    rows = _rows_there(there, frame)
    return whole if rows == whole.height else rescue.cut(whole, rows)


def _rows_there(data: bytes, frame: FrameHeader) -> int:
    """Where numbers are missing, pixels are made of whatever follows; where none is, that is passed over."""
    unit = _BLOCK * max(down for _, down in frame.components.values())
    images = [vips.load("jpegload_buffer", data + more + _END, fail_on="none") for more in (b"", _MORE)]
    one, other = (pyvips.Region.new(image) for image in images)
    for top in range(0, frame.height, unit):
        area = (0, top, frame.width, min(unit, frame.height - top))
        if one.fetch(*area) != other.fetch(*area):
            return top
    return frame.height


def _is_coarse(scan: Scan, frame: FrameHeader) -> bool:
    return next(iter(frame.components)) in scan.components and scan.last >= _COARSE


def _opened(data: bytes, wanted: TargetSize, **options: Any) -> Opened:
    whole = vips.load("jpegload_buffer", data, **options)
    width, height = whole.width, whole.height
    scale = wanted.scale(width, height)
    shrink = next((shrink for shrink in _SHRINKS if scale * shrink * _SPARE <= 1), 1)
    image = vips.load("jpegload_buffer", data, shrink=shrink, **options) if shrink > 1 else whole
    return Opened(image, width, height, vips.orientation_of(image), vips.profile_of(image))
