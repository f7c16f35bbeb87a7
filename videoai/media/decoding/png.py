"""PNG: 8 or 16 bits, with its own ways to say colours."""

from __future__ import annotations

from videoai.media.decoding import rescue, vips
from videoai.media.decoding.opened import MAX_STREAMED_PIXELS, Opened, Wanted


def opened(data: bytes, name: str, wanted: Wanted) -> Opened:
    """See decode.OPENERS."""
    return _opened(data, name, fail_on="error")


def rescued(data: bytes, name: str, wanted: Wanted) -> Opened:
    """See decode.RESCUERS."""
    rows = vips.rows_there(vips.load("pngload_buffer", data, fail_on="error"))
    return rescue.cut(_opened(data, name, fail_on="none"), rows, name)


def _opened(data: bytes, name: str, fail_on: str) -> Opened:
    return vips.opened(vips.load("pngload_buffer", data, fail_on=fail_on), name, MAX_STREAMED_PIXELS)
