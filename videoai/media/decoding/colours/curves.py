"""Transfer functions: from numbers of 0–1, as an image, to light. 1 is white, in PQ and HLG the white of paper."""

from __future__ import annotations

from collections.abc import Callable

import pyvips

Curve = Callable[[pyvips.Image], pyvips.Image]

REFERENCE_WHITE = 203.0
"""Nits: how bright white paper is in PQ and HLG (ITU-R BT.2408)."""


def gamma(exponent: float) -> Curve:
    """A power of the number."""
    return lambda v: v**exponent


def srgb(v: pyvips.Image) -> pyvips.Image:
    """IEC 61966-2-1."""
    return (v <= 0.04045).ifthenelse(v / 12.92, ((v + 0.055) / 1.055) ** 2.4)


def smpte_240m(v: pyvips.Image) -> pyvips.Image:
    """SMPTE ST 240."""
    return (v < 0.0913).ifthenelse(v / 4, ((v + 0.1115) / 1.1115) ** (1 / 0.45))


def smpte_428(v: pyvips.Image) -> pyvips.Image:
    """SMPTE ST 428-1, of digital cinema."""
    return v**2.6 * (52.37 / 48)


def pq(v: pyvips.Image) -> pyvips.Image:
    """SMPTE ST 2084."""
    m1, m2 = 2610 / 16384, 2523 / 4096 * 128
    c1, c2, c3 = 3424 / 4096, 2413 / 4096 * 32, 2392 / 4096 * 32
    root = v ** (1 / m2)
    above = (root - c1) * (root > c1).ifthenelse(1, 0)
    return (above / (root * -c3 + c2)) ** (1 / m1) * (10_000 / REFERENCE_WHITE)


def hlg(v: pyvips.Image) -> pyvips.Image:
    """The light of the scene, 0–1, in ARIB STD-B67 (ITU-R BT.2100); tonemap.shown makes it that of a screen."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    return (v <= 0.5).ifthenelse(v * v / 3, (((v - c) / a).exp() + b) / 12)
