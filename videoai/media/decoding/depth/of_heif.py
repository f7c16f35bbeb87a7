"""The depth map of a portrait that an iPhone took as HEIC: an auxiliary picture (ISO 23008-12, 6.6.2.1).

Apple's are disparity, a half to a quarter of the photo's size, and are turned as the photo is by properties of their
own, which the decoder follows. A map that has none, beside a photo that has, is turned like the photo.
"""

from __future__ import annotations

from collections.abc import Mapping

from videoai.language import say
from videoai.media.decoding.depth.found import BadDepth, FoundDepth, check_size
from videoai.media.decoding.depth.representation import nearness_of
from videoai.media.decoding.formats.heif import pictures, pixels_of
from videoai.media.decoding.formats.heif_boxes import primary_of

_ORIENTATIONS: Mapping[tuple[int, ...], int] = {
    (0, 1, 2, 3): 1,
    (1, 0, 3, 2): 2,
    (2, 3, 0, 1): 3,
    (3, 2, 1, 0): 4,
    (0, 3, 2, 1): 5,
    (3, 0, 1, 2): 6,
    (2, 1, 0, 3): 7,
    (1, 2, 3, 0): 8,
}
"""Primary.corners → the orientation of EXIF that does the same."""


def found(data: bytes) -> FoundDepth | None:
    """See read.py."""
    primary = primary_of(data)
    if primary.depth is None:
        return None
    try:
        file = pictures(data)
        picture = file[file.primary_index].get_aux_image(primary.depth.item)
    except NotImplementedError as error:
        raise BadDepth(say("it has more than 8 bits")) from error
    check_size(*picture.size)
    orientation = _ORIENTATIONS[primary.corners] if primary.depth.lies else 1
    return FoundDepth(pixels_of(picture)[0], nearness_of(primary.depth.says), orientation)
