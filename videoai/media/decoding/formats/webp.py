"""WebP: of an animation the first frame."""

from __future__ import annotations

from videoai.media.decoding import vips
from videoai.media.decoding.opened import Opened, TargetSize, check_size

_SPARE = 2
"""What is decoded smaller stays so many times larger than it will be: the last step has the better filter."""


def opened(data: bytes, name: str, wanted: TargetSize) -> Opened:
    """See decode.FORMATS. Made smaller while it is decoded, which saves holding it in full."""
    whole = vips.load("webpload_buffer", data)
    width, height = whole.width, whole.height
    check_size(name, width, height)
    scale = min(1.0, _SPARE * wanted.scale(width, height))
    image = vips.load("webpload_buffer", data, scale=scale) if scale < 1 else whole
    return Opened(image, width, height, vips.orientation_of(image), vips.profile_of(image))
