"""When the draft's camera is where on its way: eased, over all parts of a clip, and round if the clip is to loop."""

from __future__ import annotations

import math
from dataclasses import dataclass

from videoai.engines.draft.camera import MOST_REACH, reach_of

_EASE = 0.2
"""The part of the clip over which the camera starts, and again stops."""

_SLOWEST = 0.6
"""Of the speed of a clip that is not extended: rather than go slower, the camera turns."""


def progress(index: float, frames: int) -> float:
    """How much of a move is done at frame `index`: 0 at the first, 1 at the last, eased at both ends.

    The speed rises along half a cosine, stays, and falls: at no time is it more than 1/(1 − _EASE) = 1.25 of the
    mean, so that no step between frames is a jump.
    """
    t = index / (frames - 1)
    top = 1 / (1 - _EASE)
    if t > 0.5:
        return 1 - progress(frames - 1 - index, frames)
    if t < _EASE:
        return top * (t - _EASE / math.pi * math.sin(math.pi * t / _EASE)) / 2
    return top * (t - _EASE / 2)


@dataclass(frozen=True, slots=True)
class Route:
    """Where the camera goes over the whole clip, planned at once: no part of it begins anew.

    It goes along a move of this `reach`, the larger the longer the clip is; where that would be too far, several
    times, `legs`, there and back. It turns in a curve, into another lane, so that it never stands still. One that is
    `round` comes back to where it began, as fast as it left: what follows the last frame is the first.
    """

    reach: float
    legs: int = 1
    round: bool = False

    @staticmethod
    def of(motion: int, parts: int, *, round: bool = False) -> Route:
        """For a clip of so many parts, each of which would be one such move by itself."""
        way = parts * reach_of(motion)
        if round:  # twice the way to the furthest point, in the same time
            legs = 2 * max(1, math.ceil(_SLOWEST * way / 2 / MOST_REACH)) if parts > 1 else 2
        else:
            legs = max(1, math.ceil(_SLOWEST * way / MOST_REACH)) if parts > 1 else 1
        return Route(min(way / legs, MOST_REACH), legs, round)

    def at(self, index: int, frames: int) -> tuple[float, float]:
        """How much of the move is done at a frame, and how much of the way into the other lane."""
        if self.round:
            angle = math.pi * self.legs * index / frames
            return (1 - math.cos(angle)) / 2, math.sin(angle)
        if self.legs == 1:
            return progress(index, frames), 0.0
        at = self.legs * index / (frames - 1)
        leg = min(int(at), self.legs - 1)
        done = progress(at - leg, 2)
        turned = min(max(at - 0.5, 0), self.legs - 1)
        return 1 - done if leg % 2 else done, (1 - math.cos(math.pi * turned)) / 2
