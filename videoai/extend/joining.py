"""A clip of several parts: each begins with the last frame of the one before, and that frame is there once."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace

from videoai.events import Event, Frame, OnEvent, Pixels, Preview, Stage, Step
from videoai.settings import GenerationSettings

PartFrames = Callable[[int, Pixels, GenerationSettings, OnEvent], Generator[Pixels]]
"""From a part's number from 0, its photo and settings, and what it tells its events to: its frames, but for the first
of a part that goes on, which is there already."""


def joined_frames(
    photo: Pixels, parts: Sequence[GenerationSettings], frames_of: PartFrames, on_event: OnEvent
) -> Generator[Pixels]:
    """The frames of the whole clip, each as soon as it is known, and its events as those of one run."""
    for number, part in enumerate(parts):
        with closing(frames_of(number, photo, part, _OfPart(number, len(parts), part.frames, on_event))) as frames:
            for pixels in frames:
                yield pixels
                photo = pixels


def going_on(run: Callable[[OnEvent], Generator[Pixels]], photo: Pixels, on_event: OnEvent) -> Generator[Pixels]:
    """The frames of a run that goes on from `photo`, with its colours and its sharpness: holding.py."""
    from videoai.extend.holding import held  # with SciPy

    def others(event: Event) -> None:
        if not isinstance(event, Frame):  # those are told as they are shown
            on_event(event)

    with closing(run(others)) as frames:
        yield from told(held(frames, photo), on_event, first=1)


def told(frames: Iterator[Pixels], on_event: OnEvent, *, first: int = 0) -> Generator[Pixels]:
    """The same frames, each told before it is given on; the first has that index in its part."""
    for index, pixels in enumerate(frames, start=first):
        on_event(Frame(index, pixels))
        yield pixels


@dataclass(slots=True)
class _OfPart:
    """What a part says, as the whole clip's: its stages have the steps of all parts, and begin after those before."""

    number: int
    parts: int
    frames: int
    on_event: OnEvent
    _steps: int = 0

    def __call__(self, event: Event) -> None:
        start = self.number * (self.frames - 1)
        if isinstance(event, Stage):
            self._steps = event.steps
            self.on_event(replace(event, steps=self.parts * event.steps))
            if self.number:
                self.on_event(Step(self.number * event.steps))
            return
        if isinstance(event, Step):
            event = Step(self.number * self._steps + event.index)
        elif isinstance(event, Preview):
            event = replace(event, start=start)
        elif isinstance(event, Frame):
            event = replace(event, index=start + event.index)
        self.on_event(event)
