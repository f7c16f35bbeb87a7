"""The draft model: an instant camera move through the photo, without any weights.

It is for trying everything at once and for framing a shot before the long run. It moves the camera, never what
is in the picture, and it says so.
"""

from __future__ import annotations

from collections.abc import Iterator

from videoai.engines.draft.camera import REACH, choose_move, progress, source_coordinates
from videoai.engines.draft.depth import disparity
from videoai.engines.draft.warp import Warp
from videoai.events import Checkpoint, Event, Frame, Notice, Pixels, Stage, Step
from videoai.language import say
from videoai.settings import GenerationSettings


class DraftEngine:
    """See videoai.engines.base.Engine."""

    def run(self, photo: Pixels, settings: GenerationSettings, resume: Checkpoint | None = None) -> Iterator[Event]:
        yield Notice(say("This is a draft: the camera moves, nothing in the picture does."))
        yield Stage("depth", 1)
        # Half the move's reach as the blur of depth keeps the warp's slope under 0.7: no fold, no visible pull.
        softness = REACH * max(settings.width, settings.height) * settings.motion / 100 / 2
        near = disparity(photo, softness)
        yield Step(1)

        yield Stage("frames", settings.frames)
        move = choose_move(settings.seed, settings.motion, settings.width, settings.height)
        warp = Warp(photo)
        for index in range(settings.frames):
            done = progress(index, settings.frames)
            yield Frame(index, warp(source_coordinates(move, done, near)))
            yield Step(index + 1)
