"""A rest at the end: the last frame once more, for as many frames as it is to stay.

Frames rather than one that is shown for long: what edits, converts or sends a video on goes by its frames, and often
drops how long the last one is to be shown. A second of rest takes a file half of what a second of movement does.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import repeat

from videoai.events import OnEvent, Pixels
from videoai.finishing.base import Clip, Light
from videoai.settings import GenerationSettings


class Hold(Light):
    """See videoai.finishing.base.Finisher. It computes nothing, and so has no stage of its own."""

    parameters = frozenset({"hold"})

    def is_wanted(self, settings: GenerationSettings) -> bool:
        return settings.hold > 0

    def clip(self, clip: Clip, settings: GenerationSettings) -> Clip:
        return replace(clip, frames=clip.frames + _more(clip, settings))

    def held_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        return 3 * clip.pixels

    def finish(
        self, frames: Iterator[Pixels], clip: Clip, settings: GenerationSettings, on_event: OnEvent
    ) -> Iterator[Pixels]:
        for frame in frames:
            yield frame
        yield from repeat(frame, _more(clip, settings))


def _more(clip: Clip, settings: GenerationSettings) -> int:
    """How many frames more, the time being moved to the nearest frame; one at least."""
    return max(1, round(settings.hold * clip.fps))
