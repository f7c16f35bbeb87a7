"""A depth map as it was found in a photo's file, and what its numbers mean."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pyvips

from videoai.language import say

Nearness = Callable[[pyvips.Image], pyvips.Image]
"""From a map's numbers, as shares of the largest that its bits can have, to disparity, of whatever unit."""

MOST_PIXELS = 1 << 24
"""Of a map: as many as phones' photos have, which maps are smaller than."""
_MOST_RANGE = 200
"""The furthest distance by the nearest: what is said to lie nearer is taken to lie there."""


class BadDepth(ValueError):
    """It cannot be used. The reason completes a sentence that says so."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class FoundDepth:
    """`image` has one band of 8 or 16 bits. `orientation` is as in EXIF: what stands it up as the photo stands, if it
    lies like that."""

    image: pyvips.Image
    nearness: Nearness
    orientation: int = 1


def check_size(width: int, height: int) -> None:
    """Before it is decoded. Raises BadDepth."""
    if width * height > MOST_PIXELS:
        raise BadDepth(say("it is too large"))


def disparity(share: pyvips.Image) -> pyvips.Image:
    """Larger is nearer, evenly in disparity."""
    return share


def inverse_range(share: pyvips.Image) -> pyvips.Image:
    """Smaller is nearer, evenly in disparity: Google's RangeInverse."""
    return 1 - share


def linear_range(near: float, far: float) -> Nearness:
    """Smaller is nearer, evenly in distance, from `near` to `far`: Google's RangeLinear, and HEVC's uniform Z.

    Raises ValueError for what is no range.
    """
    if not (math.isfinite(near) and math.isfinite(far) and 0 <= near < far):
        raise ValueError(f"from {near} to {far}")
    least = max(near, far / _MOST_RANGE)

    def of(share: pyvips.Image) -> pyvips.Image:
        distance = share * (far - near) + near
        return 1 / (distance > least).ifthenelse(distance, least)

    return of
