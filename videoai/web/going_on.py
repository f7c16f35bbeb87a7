"""Going on from a frame of a clip: where that frame is, and what the new clip is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from videoai.engines.parts import parts_of
from videoai.errors import NotThere
from videoai.finishing.registry import model_clip
from videoai.formats import frames_name
from videoai.history.job import Job
from videoai.history.source import video_of
from videoai.language import say
from videoai.resolving import recorded
from videoai.system import paths
from videoai.web.plain_files import status_of
from videoai.web.serialiser import file_of_video


def going_on(job: Job) -> dict[str, Any]:
    """The job's settings with the seed that comes after those it has used."""
    settings = recorded(job.settings)
    return settings.to_dict() | {"seed": settings.next_seed(1 + (settings.extend or 0))}


def where_frame_is(job: Job, number: int) -> Iterator[tuple[Path, int]]:
    """Where frame `number` of the job's video is, the most exact first: the file, and its number in that.

    Raises NotThere if there is no video.
    """
    video = file_of_video(job)
    if video is None:
        raise NotThere(
            say("Job {id} has no video here.", id=job.id), say("It is not done yet, or its file was moved or deleted.")
        )
    kept = _kept(job, number)
    if kept is not None:
        yield kept
    yield video, number


def _kept(job: Job, number: int) -> tuple[Path, int] | None:
    """Among the model's own frames, if the video shows just those."""
    settings = recorded(job.settings)
    if video_of(job) != model_clip(settings).to_dict():
        return None
    part = 0
    if len(parts_of(settings)) > 1 and number >= settings.frames:
        part = (number - 1) // (settings.frames - 1)
        number -= part * (settings.frames - 1) + 1  # the seam is in the part before
    path = paths.job_folder(job.id) / frames_name(part + 1)
    return (path, number) if status_of(path) else None
