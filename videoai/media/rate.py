"""When the frames of a video are shown."""

from __future__ import annotations

from fractions import Fraction
from typing import NamedTuple


class Rate(NamedTuple):
    """How long frames are shown: all for 1/fps seconds, the last for `last` times that."""

    fps: int | Fraction
    last: Fraction

    def start(self, index: int, ticks: int) -> int:
        """When a frame is shown first, in whole ticks of which a second has so many: half a tick off at most."""
        return round(ticks * Fraction(index) / Fraction(self.fps))

    def end(self, count: int, ticks: int) -> int:
        """When so many frames have been shown."""
        return round(ticks * (count - 1 + self.last) / Fraction(self.fps))
