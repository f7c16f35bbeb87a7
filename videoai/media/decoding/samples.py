"""What the numbers of a picture span: made 8 or 16 bits wide, and opaque."""

from __future__ import annotations

import pyvips


def ranged(image: pyvips.Image) -> pyvips.Image:
    """Numbers of more than 16 bits as 16; such files do not say their range, so the usual ones are tried.

    Raises ValueError if some are not finite. Reads the picture twice.
    """
    if image.format in ("uchar", "ushort"):
        return image
    high = image.max()
    if not float("-inf") < high < float("inf"):
        raise ValueError("numbers that are not finite")
    limits = (1.0, 255.0, 65535.0) if image.format in ("float", "double") else (255.0, 65535.0)
    limit = next((limit for limit in limits if high <= limit), high)
    scaled = (image * (65535 / limit)).rint().cast("ushort")
    return scaled.copy(interpretation="rgb16" if image.bands >= 3 else "grey16")


def without_profile(image: pyvips.Image) -> pyvips.Image:
    """As an RGB picture of 8 bits, where nothing says what its numbers mean: sRGB, or the grey and the inks of that."""
    if image.interpretation == "cmyk":
        paper = image.cast("uchar").invert()
        black = paper[3]
        image = paper.extract_band(0, n=3) * black / 255
        return image.rint().cast("uchar").copy(interpretation="srgb")
    if image.interpretation in ("lab", "labs", "labq", "xyz", "yxy", "scrgb"):
        return image.colourspace("srgb").cast("uchar")
    if image.format == "ushort":
        image = (image * (255 / 65535)).rint().cast("uchar")
    image = image.cast("uchar")
    if image.bands < 3:
        image = image[0].bandjoin([image[0], image[0]])
    return image.extract_band(0, n=3).copy(interpretation="srgb")
