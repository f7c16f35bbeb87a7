"""AVIF with Pillow, which has another decoder than libvips: it takes half the memory (35 megapixels of 10 bits: 370 MB
instead of 730) and opens some files that the other does not; but it gives 8 bits, and knows fewer varieties."""

from __future__ import annotations

import io
import warnings

import pyvips

from videoai.media.decoding.opened import MAX_AVIF_PIXELS, Opened, TargetSize, check_size

LARGE = 1 << 24
"""Pixels. Of that many 8 bits are enough: they are made smaller by half and more."""

_ORIENTATION = 0x0112


def opened(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """RGB or RGBA of 8 bits, without its colours: halved where that is enough, before it is in memory twice.

    Raises BadPhoto if it is too large; OSError, ValueError, RuntimeError or SyntaxError if Pillow cannot decode it.
    """
    from PIL import Image

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of large pictures
        picture = Image.open(io.BytesIO(data), formats=["AVIF"])
    with picture:
        width, height = picture.size
        check_size(name, width, height, MAX_AVIF_PIXELS)
        orientation = picture.getexif().get(_ORIENTATION, 1)  # Pillow makes it of irot and imir
        small = picture.reduce(2) if 2 * wanted.scale(width, height) <= 1 else picture
        pixels = small.tobytes()
        image = pyvips.Image.new_from_memory(pixels, small.width, small.height, len(small.getbands()), "uchar")
    return Opened(image.copy(interpretation="srgb"), width, height, orientation)
