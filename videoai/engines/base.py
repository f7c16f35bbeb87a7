"""What an engine is: something that turns a photo and settings into events.

An engine yields; to cancel is to stop asking for the next event (and to close the generator, which frees what
it holds).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from videoai.events import Checkpoint, Event, Pixels
from videoai.settings import GenerationSettings


class Engine(Protocol):
    """Turns a fitted photo into the frames of a clip."""

    def run(self, photo: Pixels, settings: GenerationSettings, resume: Checkpoint | None = None) -> Iterator[Event]:
        """Yield events, among them exactly `settings.frames` Frame events in order.

        `photo` is (settings.height, settings.width, 3), sRGB. The same photo and settings give the
        same frames, also when going on from a checkpoint that an earlier run yielded (an engine that
        yields none begins again).
        """
        ...
