"""Any picture file in, an upright sRGB picture out.

The file is decoded by a process of its own (see decoding/ and media_process.py), which may take much memory, or die of
what is in it. Nothing but pixels passes, and how near they are if the file says that: no EXIF, no GPS, no colour
profile. A second process decodes the depth map: whatever is wrong with it, the photo opens. This module loads
no library of pictures: the web app stays small.
"""

from __future__ import annotations

import io
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from videoai.errors import BadPhoto, VideoAiError
from videoai.language import say
from videoai.media.decoding import kinds
from videoai.media.decoding.opened import EXPORT_HINT, TargetSize
from videoai.media.media_client import Ended, ReadingLimits, ask
from videoai.system import paths, temporary, units
from videoai.system.files import write_errors

MAX_BYTES = 64 * 1024 * 1024

WORKING = TargetSize(longer=2048, shorter=1024)
"""What is kept of a photo: twice the longest side that a video can have, and a crop of any shape has that side."""

_LIMITS = ReadingLimits(patience=30, seconds=3, memory=540 << 20)
"""Of reading one, or its depth map. A photo of 12 million pixels takes 0.2 s and 70 MB (docs/benchmarks.md)."""


@dataclass(frozen=True, slots=True)
class DecodedPhoto:
    """What came out of a photo's file. `width` and `height` are the file's, upright, `size` is that of the picture.

    `depth` is its depth map, if one was asked for and is there: a PNG as depth_png.py has it, upright.
    """

    content: bytes
    size: tuple[int, int]
    width: int
    height: int
    notices: tuple[str, ...] = ()
    depth: bytes | None = None


def decode(
    file: BinaryIO, name: str, wanted: TargetSize = WORKING, *, quality: int | None = None, depth: bool = False
) -> DecodedPhoto:
    """The photo in an open file: as a JPEG of that quality, or else as rows of RGB; with its `depth`, if that is asked
    for. `name` is only for messages.

    Raises BadPhoto, WriteFailed, and VideoAiError if it cannot be decoded here and now.
    """
    file.seek(0)
    kinds.check(file.read(kinds.HEAD), name)
    _check_bytes(file.seek(0, io.SEEK_END), name)
    task = {"name": name, "longer": wanted.longer, "shorter": wanted.shorter, "quality": quality}
    try:
        with _on_disk(file) as number:
            answer, content = ask("photo", str(number), task=task, files=[number], limits=_LIMITS)
            size = {"width": answer["width"], "height": answer["height"]}
            found, reason = _depth(number, size) if depth and answer["depth"] else (None, None)
    except Ended as end:
        raise _refused(name, end) from end
    width, height = answer["size"]
    notices = answer["notices"]
    if reason is not None:
        notices = [
            *notices,
            say("The depth map that comes with {name} is ignored: {reason}.", name=name, reason=reason),
        ]
    return DecodedPhoto(content, (width, height), **size, notices=tuple(notices), depth=found)


def _depth(number: int, size: Mapping[str, int]) -> tuple[bytes | None, str | None]:
    """The depth map of a photo of that size, or why it cannot be used; neither if there is none after all."""
    try:
        answer, content = ask("depth", str(number), task=size, files=[number], limits=_LIMITS)
    except Ended as end:
        return None, say("it takes too long to read") if end.limit == "time" else say("it could not be decoded")
    return content or None, answer["reason"]


@contextmanager
def _on_disk(file: BinaryIO) -> Iterator[int]:
    """The number of an open file that another process can read. Raises WriteFailed."""
    with write_errors(paths.temporary()):
        try:
            file.flush()
            number = file.fileno()
        except io.UnsupportedOperation:  # it is only in memory
            number = None
    if number is not None:
        yield number
        return
    with write_errors(paths.temporary()):
        copy = temporary.file()
    with copy:
        with write_errors(paths.temporary()):
            file.seek(0)
            shutil.copyfileobj(file, copy)
            copy.flush()
        yield copy.fileno()


def _refused(name: str, end: Ended) -> VideoAiError:
    """The error for a photo that was given up, or that nobody survives reading."""
    if end.limit == "time":
        return BadPhoto(
            say("{name} takes too long to open.", name=name), say("Make it smaller first, or export it as JPEG.")
        )
    if end.limit == "memory":
        return BadPhoto(
            say("{name} takes too much memory to open.", name=name),
            say("Make it smaller first, or export it as JPEG."),
        )
    if end.death.memory:  # before the limit, as the machine has less
        return VideoAiError(
            say("{name} could not be opened. {reason}", name=name, reason=end.death.message),
            say("Close other programs, or make the photo smaller first."),
        )
    if end.death.kind in ("crash", "abort"):
        return BadPhoto(
            say("{name} is damaged: it could not be decoded.", name=name),
            EXPORT_HINT,
        )
    return VideoAiError(
        say("{name} could not be opened. {reason}", name=name, reason=end.death.message),
        say("Choose the photo again."),
    )


def _check_bytes(size: int, name: str) -> None:
    if size > MAX_BYTES:
        raise BadPhoto(
            say(
                "{name} is {size}; the limit is {most}.",
                name=name,
                size=units.size(size),
                most=units.size(MAX_BYTES),
            ),
            say("Export it as a smaller JPEG."),
        )
    if size == 0:
        raise BadPhoto(say("{name} is empty.", name=name), say("Copy it again from the original."))
