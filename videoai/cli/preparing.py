"""From the videos that are wanted to jobs that lie ready: every photo is read before the first video begins."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple

from videoai.batch.list_file import Problem
from videoai.batch.wanted import WantedVideo
from videoai.errors import BadOutput, BadPhoto, VideoAiError, WriteFailed
from videoai.events import Event, Notice, OnEvent, Stage, Step
from videoai.history.job import new_id
from videoai.language import say
from videoai.media.fitted_photo import FittedPhoto
from videoai.request import Request, open_photo
from videoai.settings import GenerationSettings

if TYPE_CHECKING:
    from videoai.jobs.submit import Prepared


class Read(NamedTuple):
    """A video whose photo was read, fitted, with its settings; or why it cannot be, unless it is there already.
    `seconds` it took."""

    video: WantedVideo
    opened: tuple[FittedPhoto, GenerationSettings] | None
    error: VideoAiError | None
    seconds: float


def read_photos(videos: Sequence[WantedVideo], on_event: OnEvent) -> Iterator[Read]:
    """Each video with its photo, which is read once for all its seeds. Raises WriteFailed."""
    last: Read | None = None
    if any(video.there is None for video in videos):
        on_event(Stage("photo", len(videos) if len(videos) > 1 else 0))
    for number, video in enumerate(videos, start=1):
        seed = video.seed
        if video.there is not None:
            yield Read(video, None, None, 0.0)
            continue
        if last is not None and last.opened and seed is not None and _differ_in_seed(last.video, video):
            photo, settings = last.opened
            last = Read(video, (photo, replace(settings, seed=seed)), None, 0.0)
        else:
            last = _read(video, _notices_of(video, len(videos), on_event))
        yield last
        on_event(Step(number))


def _read(video: WantedVideo, on_event: OnEvent) -> Read:
    began = time.monotonic()
    opened, error = None, None
    try:
        opened = open_photo(video.photo, video.request, on_event)
    except WriteFailed:
        raise
    except VideoAiError as refusal:
        error = refusal
    return Read(video, opened, error, time.monotonic() - began)


def _differ_in_seed(one: WantedVideo, other: WantedVideo) -> bool:
    """Whether they differ in nothing else that matters here."""
    return one.photo == other.photo and _seedless(one.request) == _seedless(other.request)


def _seedless(request: Request) -> Request:
    return replace(request, output=None, overwrite=None, given={**request.given, "seed": None})


def _notices_of(video: WantedVideo, count: int, on_event: OnEvent) -> Callable[[Event], None]:
    """What reading a photo tells, but for its stage, which is that of all."""

    def tell(event: Event) -> None:
        if isinstance(event, Notice):
            told = say("{name}: {message}", name=video.photo.name, message=event.message)
            on_event(event if count == 1 else replace(event, message=told))

    return tell


class Ready(NamedTuple):
    """What came of a video that is wanted: a job that is in no list yet, or why there is none."""

    video: WantedVideo
    prepared: Prepared | None
    error: VideoAiError | None
    seconds: float


def prepare_all(
    videos: Sequence[WantedVideo], origin: Mapping[str, Any], ids: list[str], on_event: OnEvent
) -> Iterator[Ready]:
    """The job of each video, in its folder; its id is among `ids` before that is begun. `origin` is what their history
    shall know.

    Raises WriteFailed; BadOutput, unless a list named the place.
    """
    from videoai.jobs.submit import prepare

    for number, read in enumerate(read_photos(videos, on_event), start=1):
        video, prepared, error = read.video, None, read.error
        if read.opened is not None:
            ids.append(new_id(time.time()))
            try:
                prepared = prepare(ids[-1], video.photo, video.request, read.opened, number=number, origin=origin)
            except (BadOutput, WriteFailed) as refusal:
                if video.line is None:
                    raise
                error = refusal
        yield Ready(video, prepared, error, read.seconds)


def problem_of(video: WantedVideo, error: VideoAiError) -> Problem:
    """What an error says of the row of a list that asked for the video."""
    column = "photo" if isinstance(error, BadPhoto) else None
    column = "output" if isinstance(error, BadOutput | WriteFailed) else column
    return Problem(video.line, column, error.message)
