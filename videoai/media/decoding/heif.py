"""HEIC and AVIF: the primary picture of a file of boxes (ISO 23008-12)."""

from __future__ import annotations

import io

import numpy as np
import pyvips

from videoai.media.decoding import vips
from videoai.media.decoding.colour import Profile
from videoai.media.decoding.opened import Opened, Wanted, check_size


def avif(data: bytes, name: str, wanted: Wanted) -> Opened:
    """See decode.OPENERS."""
    return vips.opened(vips.load("heifload_buffer", data), name)


def heic(data: bytes, name: str, wanted: Wanted) -> Opened:
    """See decode.OPENERS. The decoder for it is not in libvips' wheels."""
    import pi_heif

    picture = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False)
    width, height = picture.size
    check_size(name, width, height)
    pixels = np.asarray(picture)
    image = pyvips.Image.new_from_array(pixels)
    profile = picture.info.get("icc_profile")
    return Opened(image, width, height, colours=Profile(profile) if profile else None)
