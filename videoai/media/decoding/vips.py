"""Opening a picture with libvips, and finding out how much of it is there."""

from __future__ import annotations

from typing import Any

import pyvips

from videoai.media.decoding.colours.colour import Colours, Profile
from videoai.media.decoding.opened import MAX_PIXELS, Opened, check_size

_STRIP = 16
"""Rows."""


def load(loader: str, data: bytes, **options: Any) -> pyvips.Image:
    """The picture, its header read. Raises pyvips.Error."""
    image: pyvips.Image = getattr(pyvips.Image, loader)(data, access="sequential", **options)
    return image


def opened(image: pyvips.Image, name: str, most: int = MAX_PIXELS, *, colours: Colours | None = None) -> Opened:
    """Of a whole picture as it lies in its file. Raises BadPhoto if it is too large."""
    check_size(name, image.width, image.height, most)
    return Opened(image, image.width, image.height, orientation_of(image), colours or profile_of(image))


def orientation_of(image: pyvips.Image) -> int:
    """As its EXIF says, if that can be read: 1–8."""
    found = image.get("orientation") if "orientation" in image.get_fields() else 1
    return found if 1 <= found <= 8 else 1


def profile_of(image: pyvips.Image) -> Profile | None:
    """The ICC profile in its file."""
    return Profile(image.get("icc-profile-data")) if "icc-profile-data" in image.get_fields() else None


def turned(image: pyvips.Image, orientation: int) -> pyvips.Image:
    """Stood up again, as EXIF's orientation 1–8 says."""
    flip = {2: "horizontal", 4: "vertical", 5: "vertical", 7: "horizontal"}.get(orientation)
    turn = {3: "d180", 5: "d90", 6: "d90", 7: "d90", 8: "d270"}.get(orientation)
    image = image.flip(flip) if flip else image
    return image.rot(turn) if turn else image


def in_memory(image: pyvips.Image) -> pyvips.Image:
    """With all of its pixels read. Not by copy_memory, whose result does not hold on to an array it was made of."""
    data = image.write_to_memory()
    held = pyvips.Image.new_from_memory(data, image.width, image.height, image.bands, image.format)
    return held.copy(interpretation=image.interpretation)


def rows_there(image: pyvips.Image) -> int:
    """How many rows can be read before something fails. `image` was loaded with a `fail_on`; it is used up."""
    region, rows = pyvips.Region.new(image), 0
    try:
        while rows < image.height:
            strip = min(_STRIP, image.height - rows)
            region.fetch(0, rows, image.width, strip)
            rows += strip
    except (pyvips.Error, UnicodeDecodeError):  # its words may quote the file
        pass
    return rows
