"""From a photo to a video file: the recipe that the command line, the web app and Python share."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videoai.engines.base import Engine
from videoai.engines.choice import engine_for
from videoai.engines.svd.plan import Plan
from videoai.errors import CheckpointUnusable, WriteFailed
from videoai.events import Checkpoint, Event, Frame, Notice, OnEvent, Pixels, Stage, Step
from videoai.language import say
from videoai.media.metadata import describe
from videoai.media.video import write_video
from videoai.memory.planning import plan_for
from videoai.outputs import Output, under_a_name
from videoai.request import Request, open_photo
from videoai.settings import GenerationSettings
from videoai.system.accelerator import accelerator
from videoai.system.usage import peak_bytes


@dataclass(frozen=True, slots=True)
class Video:
    """A video that was made: where, with what, and what it took."""

    path: Path
    settings: GenerationSettings
    seconds: dict[str, float]
    peak_bytes: int

    def to_dict(self) -> dict[str, Any]:
        return {
            "path": str(self.path),
            "settings": self.settings.to_dict(),
            "model": self.settings.model,
            "plan": None,
            "seconds": {stage: round(seconds, 3) for stage, seconds in self.seconds.items()},
            "peak_bytes": self.peak_bytes,
        }


def generate(
    photo: str | Path,
    output: str | Path | None = None,
    *,
    preset: str | None = None,
    like: str | Path | None = None,
    encoder: str = "software",
    offline: bool = False,
    on_event: OnEvent | None = None,
    **settings: object,
) -> Video:
    """Make a video of a photo, in this process.

    `output` is a path or a pattern (see the command line's --output); by default a new name in the outputs
    folder. `settings` are parameters by name (`motion=80`, `seed=42`, `model="draft"`); what is not given comes
    from `preset` or from the video `like`. A model that is not here is fetched, unless
    `offline`. `on_event` is called with each event; what it raises ends the run and leaves no file.
    Raises VideoAiError.
    """
    request = Request(
        settings, preset, Path(like) if like else None, None if output is None else str(output), encoder, offline
    )
    request.check(photos=1)
    return make_video(Path(photo), request, on_event=on_event or _log_important)


def _log_important(event: Event) -> None:
    """For callers that do not listen: what will be fetched, and under which licence, is told all the same."""
    if isinstance(event, Notice) and event.important:
        logging.getLogger("videoai").warning(event.message)


def make_video(path: Path, request: Request, *, number: int = 1, on_event: OnEvent) -> Video:
    """The video of the photo at `path`, the `number`th of a call, in this process. See `generate`."""
    clock = StageClock(on_event)
    pixels, settings = open_photo(path, request, clock)
    output = Output(request.output)
    output.try_place(path, number, settings)
    with accelerator(on_wait=lambda: clock(WAITING)):
        plan = plan_for(settings, budget=request.memory_limit, force=request.force).plan
        frames, settings = frames_of(pixels, settings, on_event=clock, plan=plan, offline=request.offline)
    clock(Stage("encode", 0))

    def write(name: Path, replace: bool) -> Path:
        comment = describe(settings)
        return write_video(name, frames, settings.fps, comment=comment, encoder=request.encoder, replace=replace)

    written = under_a_name(output.names(path, number, settings), write)
    return Video(written, settings, clock.finish(), peak_bytes())


WAITING = Stage("wait", 0)
"""Another video is being made, and this one starts after it."""


def frames_of(
    photo: Pixels,
    settings: GenerationSettings,
    *,
    on_event: OnEvent,
    plan: Plan | None = None,
    offline: bool = False,
    state: Path | None = None,
    rest: float = 0.0,
) -> tuple[list[Pixels], GenerationSettings]:
    """The frames of a video, and the settings with the precision that the weights really had.

    With `state`, a file, the run goes on from what is saved there, and saves after each step where it is. It rests
    after each step for the share `rest` of the step's time. Raises VideoAiError.
    """
    engine, settings = engine_for(settings, on_event, plan=plan, offline=offline, scratch=state and state.parent)
    frames: list[Pixels] = []
    saving = None if state is None else _Saving(state, on_event)
    since = time.monotonic()
    for event in _events(engine, photo, settings, _saved(state, on_event), on_event):
        if isinstance(event, Frame):
            frames.append(event.pixels)
        elif isinstance(event, Checkpoint) and saving is not None:
            saving.save(event)
        on_event(event)
        if isinstance(event, Step) and rest:
            time.sleep(rest * (time.monotonic() - since))
            since = time.monotonic()
    return frames, settings


def _events(
    engine: Engine, photo: Pixels, settings: GenerationSettings, saved: Checkpoint | None, on_event: OnEvent
) -> Iterator[Event]:
    """The engine's, from what is saved, or from the beginning if that is of something else."""
    try:
        yield from engine.run(photo, settings, saved)
    except CheckpointUnusable as error:
        if saved is None:
            raise
        on_event(_begins_again(error))
        yield from engine.run(photo, settings)


def _begins_again(error: CheckpointUnusable) -> Notice:
    """Nothing but time is lost: the same seed gives the same video."""
    return Notice(say("{trouble} The video begins again.", trouble=error.message), important=True)


def _saved(state: Path | None, on_event: OnEvent) -> Checkpoint | None:
    if state is None or not state.exists():
        return None
    from videoai.engines.svd.state import load_checkpoint  # with torch, which a draft does without

    try:
        return load_checkpoint(state)
    except CheckpointUnusable as error:
        on_event(_begins_again(error))
        return None


class _Saving:
    """Saves each step to `state`. Where the disk refuses that is said once; the next step may find room again."""

    def __init__(self, state: Path, on_event: OnEvent) -> None:
        self._state, self._on_event = state, on_event
        self._told = False

    def save(self, checkpoint: Checkpoint) -> None:
        from videoai.engines.svd.state import save_checkpoint

        try:
            save_checkpoint(checkpoint, self._state)
        except WriteFailed as error:
            # The video may still get its place: what is at stake is the time since the last step that was saved.
            if not self._told:
                self._told = True
                self._on_event(
                    Notice(say("{trouble} The video goes on without saving its steps.", trouble=error.message))
                )


class StageClock:
    """Passes events on, and measures the time between one Stage and the next."""

    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event
        self._seconds: dict[str, float] = {}
        self._stage: str | None = None
        self._since = 0.0

    def __call__(self, event: Event) -> None:
        if isinstance(event, Stage):
            self.finish()
            self._stage = event.name
        self._on_event(event)

    def finish(self) -> dict[str, float]:
        """The seconds of each stage so far."""
        now = time.monotonic()
        if self._stage is not None:
            self._seconds[self._stage] = self._seconds.get(self._stage, 0.0) + now - self._since
        self._since = now
        return self._seconds
