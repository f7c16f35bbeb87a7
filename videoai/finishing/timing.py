"""When the frames of a smoothed clip are shown, in the time of the clip that they come of: exactly, in fractions.

A frame of a clip at 6 frames a second is shown for a sixth of a second, the last one too. So a smoothed clip has the
original frames at their own times, and after the last of them it rests, as the clip did; one that loops moves on
towards its first frame instead. Its length is kept to the tick: where no whole number of frames fills it, the last one
is shown a little shorter or longer.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction


def smoothed_length(frames: int, fps: int | Fraction, new_fps: int) -> tuple[int, Fraction]:
    """How many frames at `new_fps` a clip becomes, and for how many frames' time the last is shown: ½ to 1½."""
    exact = Fraction(frames * new_fps, fps)
    count = max(1, round(exact))
    return count, exact - (count - 1)


def parts(frames: int, fps: int | Fraction, new_fps: int, *, loops: bool) -> Iterator[list[Fraction]]:
    """For each frame of the clip, which of the new ones are shown from it on: how far each is on the way to the next,
    0 for the frame itself."""
    count, _ = smoothed_length(frames, fps, new_fps)
    step = Fraction(fps) / new_fps
    for frame in range(frames):
        rests = frame == frames - 1 and not loops
        first, end = (min(count, math.ceil(edge / step)) for edge in (frame, frame + 1))
        yield [Fraction(0) if rests else index * step - frame for index in range(first, end)]
