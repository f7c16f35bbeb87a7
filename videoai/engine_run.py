"""An engine at work: what it says passes through here, its state goes to the disk, and each stage is timed."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from videoai.engines.base import Engine, Plan
from videoai.engines.checkpoints import load_checkpoint, save_checkpoint
from videoai.engines.kept import KeptNetworks
from videoai.errors import CheckpointUnusable, WriteFailed
from videoai.events import Checkpoint, Event, Frame, Notice, OnEvent, Pixels, Stage, Step, VideoFrame
from videoai.language import say
from videoai.media.fitted_photo import FittedPhoto
from videoai.options import RunOptions
from videoai.settings import GenerationSettings
from videoai.system.machine import Machine
from videoai.weights.model_files import ExtraFiles, ModelFiles


@dataclass(frozen=True, slots=True)
class RunConfig:
    """How to make a video, without changing what it shows.

    `previous_plan` is the plan of the attempt before this one, which may have run `out_of_memory`. `state` is a file:
    the run continues from what is saved there, and saves its state to it after each step that it can go on from.
    `keep` is a folder: the model's frames are kept there, and taken from there if they are (kept_frames.py).
    `rest` is the pause after each step, as a share of the step's time; with `spare_core` one is left free, in a process
    that was not begun so. `networks` are those of the runs before in this process, and keep what is loaded for the next
    ones; by default, nothing. `while_waiting` is called now and then as long as another run is under way; if it raises,
    the run ends.
    """

    encoder: str = "software"
    offline: bool = False
    memory_limit: int | None = None
    force: bool = False
    previous_plan: Plan | None = None
    out_of_memory: bool = False
    state: Path | None = None
    keep: Path | None = None
    rest: float = 0.0
    spare_core: bool = False
    networks: KeptNetworks = field(default_factory=KeptNetworks)
    while_waiting: Callable[[], None] = lambda: None

    @staticmethod
    def of(options: RunOptions, **more: Any) -> RunConfig:
        """What the options of a call come to, for a run in this process."""
        return RunConfig(
            options.encoder,
            options.offline,
            options.memory_limit,
            options.force,
            rest=GENTLE_REST if options.gentle else 0.0,
            spare_core=options.gentle,
            **more,
        )

    def budget(self) -> int | None:
        """The bytes that the run may use; None for what there is."""
        if self.memory_limit is not None or not self.networks.lasting:
            return self.memory_limit
        return Machine.now().budget_beside_others(self.networks.bytes)


@dataclass(slots=True)
class EngineRun:
    """An engine at work: its frames, with all else that it says going to the clock, and its state to the disk.

    `part` is which of a clip's parts it makes: a state that is saved is of one of them.
    """

    engine: Engine
    photo: FittedPhoto
    settings: GenerationSettings
    plan: Plan
    files: ModelFiles | ExtraFiles | None
    scratch: Path
    config: RunConfig
    clock: OnEvent
    part: int = 0
    _told: bool = field(default=False, init=False)

    def frames(self) -> Generator[Pixels]:
        """Each as soon as it is known. The run rests after each step as long as it is to, and saves where it is."""
        since = time.monotonic()
        for event in self._events():
            if isinstance(event, Checkpoint):
                self._save(event)
            self.clock(event)
            if isinstance(event, Frame):
                yield event.pixels
            if isinstance(event, Step) and self.config.rest:
                time.sleep(self.config.rest * (time.monotonic() - since))
                since = time.monotonic()

    def _events(self) -> Iterator[Event]:
        """The engine's, from what is saved, or from the beginning if that is of something else."""
        saved = self._saved()
        try:
            yield from self._begin(saved)
        except CheckpointUnusable as error:
            if saved is None:
                raise
            self.clock(_begins_again(error))
            yield from self._begin(None)

    def _begin(self, saved: Checkpoint | None) -> Iterator[Event]:
        return self.engine.run(
            self.photo.pixels,
            self.settings,
            plan=self.plan,
            files=self.files,
            scratch=self.scratch,
            resume=saved,
            networks=self.config.networks,
            near=self.photo.near,
        )

    def _saved(self) -> Checkpoint | None:
        if self.config.state is None or not self.config.state.exists():
            return None
        try:
            saved = load_checkpoint(self.config.state)
        except CheckpointUnusable as error:
            self.clock(_begins_again(error))
            return None
        return saved if saved.values.get(_PART, 0) == self.part else None

    def _save(self, checkpoint: Checkpoint) -> None:
        """Where the disk refuses that is said once; the next step may find room again."""
        if self.config.state is None:
            return
        try:
            save_checkpoint(replace(checkpoint, values=checkpoint.values | {_PART: self.part}), self.config.state)
        except WriteFailed as error:
            # The video may still get its place: what is at stake is the time since the last step that was saved.
            if not self._told:
                self._told = True
                self.clock(
                    Notice(say("{trouble} The video continues without saving its steps.", trouble=error.message))
                )


def _begins_again(error: CheckpointUnusable) -> Notice:
    """Nothing but time is lost: the same seed gives the same video."""
    return Notice(say("{trouble} The video starts over.", trouble=error.message), important=True)


class StageClock:
    """Passes events on, and measures the time that each stage takes.

    Frames come through the engine and each finisher in turn, so that their stages overlap. Of those that are under way
    the one furthest down tells how far the run is, and the events of those before it are not passed on, until
    the engine begins another stage: the next part of a clip takes long before a frame of it comes. The time until a
    frame is known is counted for whoever makes it (`timed`).
    """

    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event
        self._seconds: dict[str, float] = {}
        self._stage: str | None = None
        self._makers: list[str | None] = []
        self._since = 0.0
        self._finishers, self._telling = 0, 0
        self._step = Step(0)
        self._stages: dict[int, Stage] = {}

    def __call__(self, event: Event) -> None:
        """From the engine, or from what comes before it."""
        if isinstance(event, Stage):
            self._book()
            self._stage = event.name
        self._tell(event, 0)

    def of_finisher(self) -> OnEvent:
        """What the next finisher on the way tells its events to."""
        self._finishers += 1
        number = self._finishers
        return lambda event: self._tell(event, number)

    def timed(self, frames: Iterator[Pixels], stage: str | None = None) -> Iterator[Pixels]:
        """The same frames. The time until each is known is that of a stage; if None, of the engine's at the time."""
        while True:
            with self._made_by(stage):
                pixels = next(frames, None)
            if pixels is None:
                return
            yield pixels

    def watch(self, frames: Iterator[Pixels]) -> Iterator[Pixels]:
        """The same frames, each told as one of the video before it is given on."""
        for index, pixels in enumerate(frames):
            self._on_event(VideoFrame(index, pixels))
            yield pixels

    def encoded(self, frames: Iterator[Pixels]) -> Iterator[Pixels]:
        """The same frames, on their way into a file, which is then completed."""
        for pixels in frames:
            with self._made_by(_ENCODE):
                yield pixels
        self(Stage(_ENCODE, 0))

    def written(self, done: int, count: int) -> None:
        """What completes the file goes through all frames once more, and is about to take this one."""
        if done == 0:
            self(Stage(_ENCODE, count))
        self(Step(done))

    def finish(self) -> dict[str, float]:
        """The seconds of each stage so far."""
        self._book()
        return self._seconds

    def _tell(self, event: Event, number: int) -> None:
        if isinstance(event, Stage):
            self._stages[number] = event
            if number == 0:
                self._telling = 0
        if isinstance(event, (Stage, Step)):
            if number < self._telling:
                event = self._step  # nothing new, but whoever wants to cancel is heard
            elif number > self._telling and isinstance(event, Step) and number in self._stages:
                self._on_event(self._stages[number])  # it goes on with what it began
            self._telling = max(number, self._telling)
            self._step = event if isinstance(event, Step) else Step(0)
        self._on_event(event)

    @contextmanager
    def _made_by(self, stage: str | None) -> Iterator[None]:
        self._book()
        self._makers.append(stage)
        try:
            yield
        finally:
            self._book()
            self._makers.pop()

    def _book(self) -> None:
        """The time since the last call is that of the stage that was at work."""
        now = time.monotonic()
        stage = (self._makers[-1] if self._makers else None) or self._stage
        if stage is not None:
            self._seconds[stage] = self._seconds.get(stage, 0.0) + now - self._since
        self._since = now


GENTLE_REST = 0.1
"""Of a step's time, that a gentle run rests after it."""

_ENCODE = "encode"
_PART = "part"
