"""A clip of several parts: each begins with the last frame of the one before, and that frame is there once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from videoai.events import Event, Frame, OnEvent, Pixels, Preview, Stage, Step
from videoai.settings import GenerationSettings

RunPart = Callable[[int, Pixels, GenerationSettings, OnEvent], Generator[Pixels]]
"""From a part's number from 0, its photo and settings, and what it tells its events to: its frames."""


def joined_frames(
    photo: Pixels, parts: Sequence[GenerationSettings], run: RunPart, on_event: OnEvent
) -> Generator[Pixels]:
    """The frames of the whole clip, each as soon as it is known, and its events as those of one run.

    The first part is what it would be alone. What comes after it has the colours and the sharpness of the frame that
    it goes on from (holding.py).
    """
    shown = 0
    for number, part in enumerate(parts):
        with closing(run(number, photo, part, _Told(number, len(parts), part.frames, on_event))) as frames:
            for pixels in _held(frames, photo) if number else frames:
                if number:
                    on_event(Frame(shown, pixels))
                yield pixels
                photo, shown = pixels, shown + 1


def _held(frames: Iterator[Pixels], photo: Pixels) -> Iterator[Pixels]:
    from videoai.extend.holding import held  # with SciPy

    yield from held(frames, photo)


@dataclass(slots=True)
class _Told:
    """What a part says, as the whole clip's: its stages have the steps of all parts, and begin after those before."""

    number: int
    parts: int
    frames: int
    on_event: OnEvent
    _steps: int = 0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Stage):
            self._steps = event.steps
            self.on_event(replace(event, steps=self.parts * event.steps))
            if self.number:
                self.on_event(Step(self.number * event.steps))
        elif isinstance(event, Step):
            self.on_event(Step(self.number * self._steps + event.index))
        elif isinstance(event, Preview):
            self.on_event(replace(event, start=self.number * (self.frames - 1)))
        elif not (isinstance(event, Frame) and self.number):  # which is told when its colours are held
            self.on_event(event)
