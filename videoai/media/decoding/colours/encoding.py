"""Numbers that stand for light by a curve and by primaries, and their conversion to sRGB.

Worked out in light: made linear, brought into the range of a screen where it is more, mixed of sRGB's primaries and
encoded again. What sRGB has no colour for is cut off, as browsers do it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyvips

from videoai.media.decoding.colours import curves, tonemap
from videoai.media.decoding.colours.primaries import BT709, BT2020, Primaries


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the numbers of a picture stand for."""

    curve: curves.Curve
    primaries: Primaries = BT709
    peak: float = tonemap.USUAL_PEAK
    """How bright its brightest is, in nits: matters in PQ and HLG."""
    top: float = 1.0
    """Which part of 65535 stands for 1, in numbers of 16 bits: less where the lowest of them are left empty."""

    @property
    def is_hdr(self) -> bool:
        """Whether it goes above the white of paper."""
        return self.curve in (curves.pq, curves.hlg)


def to_srgb(image: pyvips.Image, encoding: Encoding) -> pyvips.Image:
    """`image` of 8 or 16 bits, grey or RGB, as RGB of 8 bits."""
    if image.bands < 3 and not encoding.is_hdr:  # every mixture has the same greys
        grey = _encoded(_light(image[0], encoding))
        return grey.bandjoin([grey, grey]).copy(interpretation="srgb")
    if image.bands < 3:
        image = image[0].bandjoin([image[0], image[0]])
    light, primaries = _light(image.extract_band(0, n=3), encoding), encoding.primaries
    if encoding.is_hdr:
        light, primaries = light.recomb(primaries.to(BT2020)), BT2020
        light = tonemap.shown(light) if encoding.curve is curves.hlg else light
        light = tonemap.mapped(light, encoding.peak)
    return _encoded(light.recomb(primaries.to(BT709))).copy(interpretation="srgb")


def _light(image: pyvips.Image, encoding: Encoding) -> pyvips.Image:
    wide = image.format == "ushort"
    numbers = pyvips.Image.identity(ushort=wide) / (65535 * encoding.top if wide else 255)
    return image.maplut(encoding.curve(numbers))


def _encoded(light: pyvips.Image) -> pyvips.Image:
    """As sRGB of 8 bits, through numbers of 16 bits: sRGB's steps are nowhere finer than 20 of theirs."""
    v = pyvips.Image.identity(ushort=True) / 65535
    table = (v <= 0.0031308).ifthenelse(v * 12.92, v ** (1 / 2.4) * 1.055 - 0.055)
    return (light * 65535).rint().cast("ushort").maplut((table * 255).rint().cast("uchar"))
