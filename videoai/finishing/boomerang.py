"""There and back: a clip that ends where it begins, so that it plays on without a jump."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from videoai.engines.base import Workload
from videoai.events import OnEvent, Pixels, Stage, Step
from videoai.finishing.base import Clip
from videoai.language import say
from videoai.settings import GenerationSettings
from videoai.stages import StageKind

_BASE_BYTES = 108 << 20
"""Of the process, without what encodes: measured."""

_STAGE = "loop"


class Boomerang:
    """See videoai.finishing.base.Finisher. Neither end is shown twice when the video begins again."""

    parameters = frozenset({"loop"})
    stages = (StageKind(_STAGE, say("Closing the loop"), "after"),)
    uses_torch = False

    def is_wanted(self, settings: GenerationSettings) -> bool:
        return settings.loop == "boomerang"

    def clip(self, clip: Clip, settings: GenerationSettings) -> Clip:
        return replace(clip, frames=2 * clip.frames - 2, loops=True, mirrored=True)

    def held_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        return clip.bytes

    def waiting_bytes(self, clip: Clip, settings: GenerationSettings) -> int:
        return 0

    def peaks(self, clip: Clip, settings: GenerationSettings) -> dict[str, int]:
        return {_STAGE: _BASE_BYTES + clip.encoding_bytes() + clip.bytes}

    def workloads(self, clip: Clip, settings: GenerationSettings) -> dict[str, Workload]:
        return {_STAGE: Workload(_STAGE, seconds=0.0)}

    def finish(
        self, frames: Iterator[Pixels], clip: Clip, settings: GenerationSettings, on_event: OnEvent
    ) -> Iterator[Pixels]:
        seen: list[Pixels] = []  # the way back needs them all
        for frame in frames:
            seen.append(frame)
            yield frame
        back = seen[-2:0:-1]
        on_event(Stage(_STAGE, len(back)))
        for index, frame in enumerate(back, start=1):
            yield frame
            on_event(Step(index))
