"""What a picture's numbers mean as colours, and their conversion to sRGB."""

from __future__ import annotations

from dataclasses import dataclass

import pyvips

from videoai.language import say
from videoai.media.decoding import samples


@dataclass(frozen=True, slots=True)
class Profile:
    """An ICC profile, as it is in the file."""

    content: bytes


Colours = Profile


def to_srgb(image: pyvips.Image, colours: Colours | None) -> tuple[pyvips.Image, tuple[str, ...]]:
    """`image` in memory as RGB of 8 bits, and what to tell if its colours cannot be had."""
    if colours is None:
        return samples.without_profile(image), ()
    try:
        return _by_profile(image, colours.content), ()
    except pyvips.Error:
        told = (say("The photo's colour profile cannot be used; its colours are taken as sRGB."),)
        return samples.without_profile(image), told


def _by_profile(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    space = profile[16:20]
    if space == b"RGB " and image.bands == 1:
        image = image.bandjoin([image, image]).copy(interpretation="srgb" if image.format == "uchar" else "rgb16")
    attached = image.copy()
    attached.set_type(pyvips.GValue.blob_type, "icc-profile-data", profile)
    converted = attached.icc_transform("srgb", embedded=True, intent="relative").copy_memory()
    return converted.extract_band(0, n=3).cast("uchar")
