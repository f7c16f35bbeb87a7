"""Pictures brighter than a screen's white brought into its range.

The curve is the Reference White Tone Mapping Operator of SMPTE ST 2094-50, annex C.2, for a screen without headroom:
what Chromium draws PQ and HLG with where nothing else is said (Skia, `SkHdrAgtm.cpp`). White paper becomes half as
bright as the screen's white, or less so if the picture's highlights are not that bright; all below it keeps its
contrast; highlights follow a Bézier curve up to the picture's peak, which becomes white. Hues stay: a pixel's three
colours are multiplied by the same.
"""

from __future__ import annotations

import math

import pyvips

from videoai.media.decoding.colours.curves import REFERENCE_WHITE

USUAL_PEAK = 1000.0
"""Nits, of pictures that do not say theirs: as bright as HLG's reference screen (ITU-R BT.2100)."""

_BRIGHTEST = 10_000.0
"""Nits: PQ's largest number."""

_GAMMA_OF_HLG = 1.2
_LUMINANCE = [0.2627, 0.6780, 0.0593]
"""Of BT.2020's red, green and blue."""

_KAPPA = 0.65
"""How far along its two tangents the curve bends (formula C.3)."""


def shown(scene: pyvips.Image) -> pyvips.Image:
    """HLG's light of a scene (BT.2020, three bands) as its reference screen of 1000 nits shows it; 1 is white paper.

    BT.2100, table 5: the OOTF.
    """
    luminance = scene.recomb([_LUMINANCE])
    luminance = (luminance > 0).ifthenelse(luminance, 0)
    return scene * luminance ** (_GAMMA_OF_HLG - 1) * (USUAL_PEAK / REFERENCE_WHITE)


def mapped(light: pyvips.Image, peak: float) -> pyvips.Image:
    """`light` in BT.2020, three bands, 1 being white paper, as light of a screen that has nothing above 1.

    `peak`: how bright the picture's brightest is, in nits.
    """
    largest = min(peak, _BRIGHTEST) / REFERENCE_WHITE
    if largest <= 1:
        return light
    white = 1 - 0.5 * min(math.log2(largest) / math.log2(USUAL_PEAK / REFERENCE_WHITE), 1)
    bend = (1 - _KAPPA + _KAPPA / white, (1 - _KAPPA) * white + _KAPPA)
    xa, xb = _quadratic(1, bend[0], largest)
    ya, yb = _quadratic(white, bend[1], 1)
    brightest = light[0].maxpair(light[1]).maxpair(light[2])
    inside = (brightest > 1).ifthenelse((brightest < largest).ifthenelse(brightest, largest), 1)
    along = (((inside - 1) * (4 * xa) + xb * xb) ** 0.5 - xb) / (2 * xa)  # where on the Bézier curve this x is
    curve = (along * ya + yb) * along + white
    reached = (brightest < largest).ifthenelse(inside, brightest)
    return light * (curve / reached)


def _quadratic(start: float, bend: float, end: float) -> tuple[float, float]:
    """Of t² and of t in the Bézier curve through these (formula C.5)."""
    return start - 2 * bend + end, 2 * (bend - start)
