"""BMP, with FFmpeg's decoder."""

from __future__ import annotations

import io

import av
import pyvips

from videoai.media.decoding import bmp_colours
from videoai.media.decoding.opened import Opened, Wanted, check_size


def opened(data: bytes, name: str, wanted: Wanted) -> Opened:
    """See decode.OPENERS."""
    with av.open(io.BytesIO(data), "r", format="bmp_pipe") as container:
        frame = next(container.decode(video=0))
    check_size(name, frame.width, frame.height)
    pixels = frame.to_ndarray(format="rgb24")
    image = pyvips.Image.new_from_array(pixels)
    return Opened(image, frame.width, frame.height, colours=bmp_colours.profile_of(data))
