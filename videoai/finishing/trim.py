"""A part of the clip: the model makes all its frames, and those before and after that part go no further."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from videoai.events import OnEvent, Pixels
from videoai.finishing.base import Clip, Light
from videoai.settings import GenerationSettings
from videoai.trimming import shown_frames


class Trim(Light):
    """See videoai.finishing.base.Finisher. It computes nothing, and so has no stage of its own."""

    parameters = frozenset({"trim"})

    def is_wanted(self, settings: GenerationSettings) -> bool:
        return settings.trim is not None

    def clip(self, clip: Clip, settings: GenerationSettings) -> Clip:
        return replace(clip, frames=len(shown_frames(settings.trim, clip.frames, clip.fps)), loops=False)

    def finish(
        self, frames: Iterator[Pixels], clip: Clip, settings: GenerationSettings, on_event: OnEvent
    ) -> Iterator[Pixels]:
        shown = shown_frames(settings.trim, clip.frames, clip.fps)
        for index, frame in enumerate(frames):
            if index in shown:
                yield frame
