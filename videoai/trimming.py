"""Which frames of the model's clip are shown."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction


def shown_frames(trim: Sequence[float] | None, frames: int, fps: int | Fraction) -> range:
    """Those between two times in seconds, each moved to the nearest frame; one at least, and all without `trim`."""
    if trim is None:
        return range(frames)
    first, end = (min(round(seconds * fps), frames) for seconds in trim)
    first = min(first, frames - 1)
    return range(first, max(first + 1, end))
