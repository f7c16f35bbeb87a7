"""A loop for movement that comes to no end: the last frames fade into the first ones, and then it plays on.

The clip loses as many frames as the fade has: what would be shown before and after the jump is shown at once. Each step
of the fade changes as much, in sRGB's levels, in which equal steps look equal; in light the bright parts of both would
come early and go late. Over a third of a short clip no step is larger than the movement beside it (docs/finishing.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from videoai.events import OnEvent, Pixels
from videoai.finishing.base import Clip, Light
from videoai.settings import GenerationSettings

_SHARE = 3
_SECONDS = 1
"""The fade is a third of the clip, but no longer than that."""

_MIXING_BYTES = 2 * 2
"""For each level of a frame, two numbers of two bytes."""


class Crossfade(Light):
    """See videoai.finishing.base.Finisher. It holds the fade's frames; what it computes takes no time to speak of."""

    parameters = frozenset({"loop"})

    def is_wanted(self, settings: GenerationSettings) -> bool:
        return settings.loop == "crossfade"

    def clip(self, clip: Clip, settings: GenerationSettings) -> Clip:
        return replace(clip, frames=clip.frames - faded_frames(clip), loops=True)

    def held_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        return (faded_frames(clip) + 1 + _MIXING_BYTES) * 3 * clip.pixels

    def finish(
        self, frames: Iterator[Pixels], clip: Clip, settings: GenerationSettings, on_event: OnEvent
    ) -> Iterator[Pixels]:
        steps = faded_frames(clip)
        beginning: deque[Pixels] = deque()
        for index, frame in enumerate(frames):
            if index < steps:
                beginning.append(frame)
            elif index < clip.frames - steps:
                yield frame
            else:
                yield _mixed(frame, beginning.popleft(), index - (clip.frames - steps) + 1, steps + 1)


def faded_frames(clip: Clip) -> int:
    """How many frames the fade has."""
    return max(1, min(round(clip.frames / _SHARE), round(_SECONDS * clip.fps)))


def _mixed(before: Pixels, after: Pixels, step: int, steps: int) -> Pixels:
    """So many of `steps` on the way from one frame to the other."""
    mixed = before.astype(np.uint16) * np.uint16(steps - step)
    mixed += after * np.uint16(step)
    mixed += np.uint16(steps // 2)
    mixed //= np.uint16(steps)
    return mixed.astype(np.uint8)
