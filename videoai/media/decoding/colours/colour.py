"""What a picture's numbers mean as colours, and their conversion to sRGB."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import pyvips

from videoai.language import say
from videoai.media.decoding.colours import alpha, code_points, encoding, samples
from videoai.media.decoding.colours.encoding import Encoding

_ATTACHED = "icc-profile-data"
_IN_THEMSELVES = ("lab", "labs", "labq", "xyz", "yxy", "scrgb")
"""Numbers, as libvips calls them, that say a colour whatever profile is beside them."""


@dataclass(frozen=True, slots=True)
class Profile:
    """An ICC profile, as it is in the file."""

    content: bytes


Colours = Profile | Encoding


def to_srgb(image: pyvips.Image, colours: Colours | None) -> tuple[pyvips.Image, tuple[str, ...]]:
    """`image` in memory as RGB of 8 bits on white, and what to tell if its colours cannot be had."""
    numbers, cover = alpha.apart(image)
    converted, notices = _opaque_to_srgb(numbers, colours)
    return alpha.on_white(converted, cover).copy_memory(), notices


def _opaque_to_srgb(image: pyvips.Image, colours: Colours | None) -> tuple[pyvips.Image, tuple[str, ...]]:
    if isinstance(colours, Profile) and image.interpretation != "cmyk":
        colours = _as_numbers(colours.content) or colours
    if colours is None or image.interpretation in _IN_THEMSELVES:
        return samples.without_profile(image), ()
    if isinstance(colours, Encoding):
        return encoding.to_srgb(image, colours), ()
    try:
        return _by_profile(image, colours.content), ()
    except pyvips.Error:
        told = (say("The photo's colour profile cannot be used, so its colours are read as sRGB."),)
        return samples.without_profile(image), told


def _by_profile(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    """Relative colorimetric and black as it is, as browsers do it. Raises pyvips.Error if it is none for this."""
    wide = image.format == "ushort"
    if image.bands > 1:
        return _converted(image, profile)
    grey = pyvips.Image.identity(ushort=wide).copy(interpretation="grey16" if wide else "b-w")
    if profile[16:20] == b"RGB ":
        grey = grey.bandjoin([grey, grey]).copy(interpretation="rgb16" if wide else "srgb")
    return image.maplut(_converted(grey, profile)).copy(interpretation="srgb")


def _converted(image: pyvips.Image, profile: bytes) -> pyvips.Image:
    attached = image.copy()
    attached.set_type(pyvips.GValue.blob_type, _ATTACHED, profile)
    options = {"embedded": True, "intent": "relative"}
    if attached.crop(0, 0, 1, 1).icc_import(**options).get(_ATTACHED) != profile:
        raise pyvips.Error("libvips has taken a profile of its own, without a word")
    if image.bands > 1:
        converted = attached.icc_transform("srgb", depth=8, **options)
    else:  # straight from one band to three LittleCMS has a table with steps that are too large
        light = attached.icc_import(pcs="xyz", **options)
        converted = light.icc_export(pcs="xyz", output_profile="srgb", intent="relative", depth=8)
    return converted.extract_band(0, n=3).cast("uchar")


def _as_numbers(profile: bytes) -> Encoding | None:
    """What a profile says in a cicp tag (ICC.1:2022, 9.2.17), which goes before its curves: those cannot say HDR."""
    (count,) = struct.unpack(">I", profile[128:132].ljust(4, b"\0"))
    table = profile[132 : 132 + 12 * min(count, _MOST_TAGS)]
    for name, at, _ in struct.iter_unpack(">4sII", table[: len(table) // 12 * 12]):
        if name == b"cicp" and len(numbers := profile[at + 8 : at + 12]) == 4:
            return code_points.of_png(numbers[0], numbers[1])
    return None


_MOST_TAGS = 200
"""More no profile has."""
