"""Transparency: kept until the colours are right, and then put on white, as viewers show it."""

from __future__ import annotations

import pyvips


def resized(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """Made smaller. What cannot be seen does not bleed into what can."""
    if (width, height) == (image.width, image.height):
        return image
    across, down = width / image.width, height / image.height
    if not image.hasalpha():
        return image.resize(across, vscale=down)
    full = _full(image)
    small = image.premultiply(max_alpha=full).resize(across, vscale=down).unpremultiply(max_alpha=full)
    return small.rint().cast(image.format).copy(interpretation=image.interpretation)


def apart(image: pyvips.Image) -> tuple[pyvips.Image, pyvips.Image | None]:
    """The colours, and how far they cover what is below: 0–1, None: wholly."""
    if not image.hasalpha():
        return image, None
    last = image.bands - 1
    return image.extract_band(0, n=last), image[last] / _full(image)


def on_white(image: pyvips.Image, cover: pyvips.Image | None) -> pyvips.Image:
    """An sRGB picture of 8 bits, blended."""
    if cover is None:
        return image
    blended = (image * cover + (1 - cover) * 255).rint()
    return blended.cast("uchar").copy(interpretation="srgb")


def _full(image: pyvips.Image) -> int:
    return 65535 if image.format == "ushort" else 255
