"""GIF: of an animation the first frame, on its whole canvas."""

from __future__ import annotations

from videoai.media.decoding import vips
from videoai.media.decoding.formats.gif_frame import first_frame
from videoai.media.decoding.opened import Opened, TargetSize, check_size


def opened(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS. What a small frame leaves of its canvas is transparent."""
    frame = first_frame(data)
    width, height = frame.canvas
    check_size(name, width, height)
    image = vips.load("gifload_buffer", frame.gif)
    if frame.canvas != (frame.width, frame.height):
        image = image if image.hasalpha() else image.addalpha()
        image = image.embed(frame.left, frame.top, width, height, extend="black")
    return Opened(image, width, height)


def rescued(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS. Where nothing but the marks of the end is missing."""
    return opened(data + _END, name, wanted)


_END = b"\0\x3b"
