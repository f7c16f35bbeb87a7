"""The depth map of a portrait that an iPhone took as HEIC: an auxiliary picture (ISO 23008-12, 6.6.2.1).

Apple's are disparity, a half to a quarter of the photo's size, and are turned as the photo is by properties of their
own, which the decoder follows. A map that has none, beside a photo that has, is turned like the photo.
"""

from __future__ import annotations

import io
from collections.abc import Mapping

from videoai.media.decoding.depth.found import FoundDepth, Nearness, check_size, disparity, linear_range
from videoai.media.decoding.formats.heif import pixels_of
from videoai.media.decoding.formats.heif_boxes import primary_of

_UNIFORM_Z = 2
"""Of the kinds of depth that HEVC knows (ITU-T H.265, G.14.3.3), distance itself. The others are disparity or grow
with it: of the one that is uneven the decoder does not give the curve."""
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
    import pi_heif

    maps = pi_heif.open_heif(io.BytesIO(data), convert_hdr_to_8bit=False).info["depth_images"]
    if not maps:
        return None
    check_size(*maps[0].size)
    primary = primary_of(data)
    orientation = _ORIENTATIONS[primary.corners] if primary.depth_lies else 1
    return FoundDepth(pixels_of(maps[0])[0], _nearness(maps[0].info["metadata"]), orientation)


def _nearness(said: Mapping[str, float]) -> Nearness:
    if said.get("representation_type") != _UNIFORM_Z:
        return disparity
    return linear_range(said["z_near"], said["z_far"])
