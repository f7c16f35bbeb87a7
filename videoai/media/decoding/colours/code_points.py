"""Colours said by numbers: the primaries and transfer characteristics of ITU-T H.273, as in PNG, AVIF and HEIC."""

from __future__ import annotations

from videoai.media.decoding.colours import curves
from videoai.media.decoding.colours.encoding import Encoding
from videoai.media.decoding.colours.primaries import BT709, BT2020, D65, Primaries
from videoai.media.decoding.colours.tonemap import USUAL_PEAK

_C, _E, _CINEMA = (0.310, 0.316), (1 / 3, 1 / 3), (0.314, 0.351)
_NTSC = Primaries((0.630, 0.340), (0.310, 0.595), (0.155, 0.070), D65)

_PRIMARIES = {
    1: BT709,
    4: Primaries((0.670, 0.330), (0.210, 0.710), (0.140, 0.080), _C),  # BT.470 M
    5: Primaries((0.640, 0.330), (0.290, 0.600), (0.150, 0.060), D65),  # BT.470 BG, BT.601 of 625 lines
    6: _NTSC,  # BT.601 of 525 lines
    7: _NTSC,  # SMPTE ST 240
    8: Primaries((0.681, 0.319), (0.243, 0.692), (0.145, 0.049), _C),  # film
    9: BT2020,
    10: Primaries((1.0, 0.0), (0.0, 1.0), (0.0, 0.0), _E),  # XYZ
    11: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), _CINEMA),  # DCI-P3
    12: Primaries((0.680, 0.320), (0.265, 0.690), (0.150, 0.060), D65),  # Display P3
    22: Primaries((0.630, 0.340), (0.295, 0.605), (0.155, 0.077), D65),  # EBU 3213
}
"""H.273, table 2."""

_CURVES: dict[int, curves.Curve] = {
    4: curves.gamma(2.2),
    5: curves.gamma(2.8),
    7: curves.smpte_240m,
    8: curves.gamma(1.0),
    13: curves.srgb,
    16: curves.pq,
    17: curves.smpte_428,
    18: curves.hlg,
}
"""H.273, table 3."""

_OF_CAMERAS = (1, 6, 11, 14, 15)
"""BT.709, BT.601, xvYCC, BT.2020: they say how a camera writes, and not by which curve a screen shows it."""


def of_png(primaries: int, transfer: int, peak: float = USUAL_PEAK) -> Encoding | None:
    """As Chromium shows a PNG with these: a camera's curve as a television does (ITU-R BT.1886). None: unknown."""
    curve = curves.gamma(2.4) if transfer in _OF_CAMERAS else _CURVES.get(transfer)
    known = _PRIMARIES.get(primaries)
    return Encoding(curve, known, peak) if curve and known else None


def of_heif(primaries: int, transfer: int, peak: float = USUAL_PEAK, top: float = 1.0) -> Encoding:
    """As Chromium shows an AVIF with these: a camera's curve, and what is unknown, as sRGB's."""
    return Encoding(_CURVES.get(transfer, curves.srgb), _PRIMARIES.get(primaries, BT709), peak, top)
