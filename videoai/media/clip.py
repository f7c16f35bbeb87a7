"""A video of anybody's as a clip: what it is, and its frames. A process of its own decodes it, as it does photos."""

from __future__ import annotations

import stat
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from videoai.errors import BadVideo, VideoAiError
from videoai.events import Pixels
from videoai.language import say
from videoai.media.frame_stream import streamed
from videoai.media.media_client import Ended, ReadingLimits, ask
from videoai.system import units
from videoai.system.reasons import reason

MOST_BYTES = 2_000_000_000

_LIMITS = ReadingLimits(patience=60, memory=1 << 30)
"""Of looking at one, and of reading one frame."""


@dataclass(frozen=True, slots=True)
class SeenClip:
    """What a video is, as its frames will be read; `made` is what it says of itself, if it was made here."""

    width: int
    height: int
    frames: int
    fps: Fraction
    notices: tuple[str, ...]
    made: dict[str, Any] | None
    first: Pixels


def look_at(path: Path) -> SeenClip:
    """What the video is. Raises BadVideo, and VideoAiError if it cannot be decoded here and now."""
    _check_file(path)
    try:
        found, content = ask("clip", task=_task(path), limits=_LIMITS)
    except Ended as end:
        raise _refused(path.name, end) from end
    width, height = found["width"], found["height"]
    first = np.frombuffer(content, np.uint8).reshape(height, width, 3)
    made = found["made"]
    return SeenClip(width, height, found["frames"], Fraction(found["fps"]), tuple(found["notices"]), made, first)


def read_clip(path: Path, width: int, height: int) -> Generator[Pixels]:
    """Its frames, each as it is asked for. Raises BadVideo, VideoAiError."""
    try:
        with closing(streamed(_task(path), 3 * width * height, _LIMITS)) as frames:
            for frame in frames:
                yield np.frombuffer(frame, np.uint8).reshape(height, width, 3)
    except Ended as end:
        raise _refused(path.name, end) from end


def _task(path: Path) -> dict[str, Any]:
    return {"path": str(path.absolute()), "name": path.name}


def _check_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError as error:
        raise BadVideo(
            say("There is no video {path}.", path=path),
            say("Use the path of a video, or a job's id: videoai jobs list shows them."),
        ) from error
    except (OSError, ValueError) as error:
        raise BadVideo(
            say("{name} cannot be opened: {reason}.", name=path.name, reason=reason(error)),
            say("Check the path and its permissions."),
        ) from error
    if not stat.S_ISREG(status.st_mode):
        raise BadVideo(say("{path} is not a file.", path=path), say("Check the path."))
    if status.st_size > MOST_BYTES:
        raise BadVideo(
            say(
                "{name} is {size}; the limit is {most}.",
                name=path.name,
                size=units.size(status.st_size),
                most=units.size(MOST_BYTES),
            ),
            say("Cut it first, or make it smaller."),
        )


def _refused(name: str, end: Ended) -> VideoAiError:
    if end.limit == "time":
        return BadVideo(
            say("{name} takes too long to open.", name=name), say("Make it smaller first, or export it as MP4.")
        )
    if end.limit == "memory":
        return BadVideo(
            say("{name} takes too much memory to open.", name=name), say("Make it smaller first, or export it as MP4.")
        )
    if end.death.kind in ("crash", "abort"):
        return BadVideo(
            say("{name} is damaged: it could not be decoded.", name=name),
            say("Export it again as MP4 in another program."),
        )
    return VideoAiError(
        say("{name} could not be opened. {reason}", name=name, reason=end.death.message),
        say("Close other programs, then try again."),
    )
