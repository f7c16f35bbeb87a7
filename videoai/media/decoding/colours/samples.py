"""What the numbers of a picture span, made 8 bits wide."""

from __future__ import annotations

import pyvips

_LIGHT = ("lab", "labs", "labq", "xyz", "yxy", "scrgb")
"""What libvips calls numbers that say a colour in themselves."""


def without_profile(image: pyvips.Image) -> pyvips.Image:
    """As an RGB picture of 8 bits, where nothing says what its numbers mean: sRGB, or the grey and the inks of that."""
    if image.interpretation == "lab":  # of paper, whose white is not that of libvips' own conversion
        return image.icc_export(pcs="lab", output_profile="srgb", intent="relative", depth=8)
    if image.interpretation in _LIGHT:
        return image.colourspace("srgb").cast("uchar")
    if image.format == "ushort":
        image = (image * (255 / 65535)).rint().copy(interpretation=image.interpretation)
    image = image.cast("uchar")
    if image.interpretation == "cmyk":
        paper = image.invert()
        image = (paper.extract_band(0, n=3) * paper[3] / 255).rint().cast("uchar")
    if image.bands < 3:
        image = image[0].bandjoin([image[0], image[0]])
    return image.extract_band(0, n=3).copy(interpretation="srgb")
