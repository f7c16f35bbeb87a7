"""From a photo to a video file: the recipe that the command line, the web app and Python share."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videoai.engines.choice import engine_for
from videoai.errors import BadOutput
from videoai.events import Event, Frame, Notice, OnEvent, Stage
from videoai.jobs.lock import accelerator
from videoai.media.metadata import describe, read_metadata
from videoai.media.photo import read_photo
from videoai.media.video import write_video
from videoai.memory.usage import peak_bytes
from videoai.outputs import Output
from videoai.settings import PARAMETERS, GenerationSettings, resolve


@dataclass(frozen=True, slots=True)
class Request:
    """What was asked for, before any photo is looked at. Values may still be wrong; `check` says so."""

    given: Mapping[str, object] = field(default_factory=dict)
    preset: str | None = None
    like: Path | None = None
    output: str | None = None
    encoder: str = "software"
    offline: bool = False

    def check(self, photos: int) -> None:
        """Raises what would be raised for every photo alike: BadSettings, BadVideo, BadOutput."""
        self.settings((1, 1))
        Output(self.output).check(photos)

    def settings(self, photo_size: tuple[int, int]) -> GenerationSettings:
        like = read_metadata(self.like)["settings"] if self.like else None
        # A newer version may have written parameters that this one does not know.
        known = {name: value for name, value in like.items() if name in PARAMETERS} if like else None
        return resolve(self.given, photo_size, preset=self.preset, like=known, encoder=self.encoder)


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
    """The video of the photo at `path`, the `number`th of a call. See `generate`."""
    clock = _StageClock(on_event)
    clock(Stage("photo", 0))
    photo = read_photo(path)
    settings = request.settings((photo.width, photo.height))
    engine, settings = engine_for(settings, clock, offline=request.offline)
    for notice in photo.notices:
        clock(Notice(notice))
    pixels = photo.fitted(settings.width, settings.height, focus=settings.focus, fit=settings.fit)

    frames = []
    with accelerator(on_wait=lambda: clock(Notice("Another video is being made; this one starts after it."))):
        for event in engine.run(pixels, settings):
            if isinstance(event, Frame):
                frames.append(event.pixels)
            clock(event)

    clock(Stage("encode", 0))
    written = _write(Output(request.output).names(path, number, settings), frames, settings, request.encoder)
    return Video(written, settings, clock.finish(), peak_bytes())


def _write(names: Iterator[tuple[Path, bool]], frames: list[Any], settings: GenerationSettings, encoder: str) -> Path:
    """The frames under the first of `names` that can be had."""
    for path, replace in names:
        if not replace and path.exists():
            continue
        try:
            return write_video(path, frames, settings.fps, comment=describe(settings), encoder=encoder, replace=replace)
        except FileExistsError as error:  # another process was faster, or a folder of frames is there
            if replace:
                raise BadOutput(
                    f"{error.filename} is there already and will not be replaced.", "Choose another name."
                ) from error
    raise BadOutput("No free name was found for the video.", "Choose one with --output.")


class _StageClock:
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
