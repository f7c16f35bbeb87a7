"""What needs FFmpeg's libraries, in short processes of its own: other kinds of file, and videos that come back."""

from __future__ import annotations

import threading
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

from videoai.errors import BadVideo, VideoAiError
from videoai.history.job import DONE, Job
from videoai.history.store import JobStore
from videoai.language import Text, say
from videoai.media.decoding import kinds
from videoai.media.media_client import Ended, ReadingLimits, ask
from videoai.system.files import write_errors
from videoai.system.hashing import blocks, copied, sha256_of
from videoai.web.going_on import where_frame_is
from videoai.web.plain_files import status_of

_LIMITS = ReadingLimits(patience=120.0)
"""It takes a few seconds."""


class Videos:
    """One such process at a time."""

    def __init__(self) -> None:
        self._turn = threading.Lock()

    def exported(self, video: Path, target: Path) -> Path:
        """`target`, made from the MP4 `video` if it is not there yet. Raises BadVideo, WriteFailed."""
        with self._turn:
            if status_of(target) is None:
                _ask("export", video, target)
        return target

    def frame(self, job: Job, number: int, target: Path) -> Path:
        """`target`, a PNG of that frame of the job's video. Raises NotThere, BadVideo, BadInput, WriteFailed."""
        trouble: BadVideo | None = None
        with self._turn:
            for source, at in where_frame_is(job, number):
                try:
                    _ask("frame", source, target, str(at))
                except BadVideo as error:  # what is kept beside it may be damaged
                    trouble = error
                else:
                    return target
        raise trouble or AssertionError("a video is somewhere")

    def inspect(self, file: BinaryIO, name: str, folder: Path) -> tuple[dict[str, Any], Path, str]:
        """The settings in an uploaded video, its first frame as a PNG in `folder`, and its SHA-256.

        `name` is only for messages. Raises BadVideo.
        """
        head = file.read(kinds.HEAD)
        kind = kinds.recognise(head)
        if kind is None or kind.name not in kinds.MADE_HERE:
            raise kinds.refused_video(kind, name)
        suffix = kinds.MADE_HERE[kind.name]
        copy, picture = folder / f"video{suffix}", folder / "first.png"
        with write_errors(copy), copy.open("wb") as out:
            _, digest = copied(chain([head], blocks(file)), out)
        with self._turn:
            try:
                metadata = _ask("inspect", copy, picture)
            except BadVideo as error:
                raise _by_its_own_name(error, name) from error
        return metadata["settings"], picture, digest


def _ask(verb: str, video: Path, target: Path, *more: str) -> dict[str, Any]:
    try:
        answer, _ = ask(verb, str(video), str(target), *more, limits=_LIMITS)
    except Ended as end:
        said = say("The video could not be read. {reason}", reason=end.death.message)
        raise VideoAiError(said, end.death.hint) from end
    return answer


def _by_its_own_name(error: BadVideo, name: str) -> BadVideo:
    """The same of the file as it is called where it came from; its copy here has a name that nobody knows."""
    message = error.message
    if not isinstance(message, Text) or "name" not in message.values:
        return error
    return BadVideo(Text(message.template, {**message.values, "name": name}), error.hint)


def job_of(store: JobStore, settings: dict[str, Any], digest: str, files_of: Any) -> Job | None:
    """The job that made the video with these bytes, if the history knows it."""
    for job in store.jobs([DONE]):
        same = all(job.settings.get(name) == settings.get(name) for name in ("seed", "width", "height", "frames"))
        if same and any(sha256_of(path) == digest for path in files_of(job) if path.is_file()):
            return job
    return None
