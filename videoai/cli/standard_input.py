"""A photo from standard input: “-” in the place of its path."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from videoai.batch.photos import SPOOLED, STDIN
from videoai.cli.asking import types_here
from videoai.errors import BadInput, BadPhoto
from videoai.language import say
from videoai.media.photo_decoder import MAX_BYTES
from videoai.system import temporary, units
from videoai.system.files import write_errors
from videoai.system.reasons import reason

_BLOCK = 1 << 20
"""Bytes that are read at once."""


@contextmanager
def with_photo(names: Sequence[str], *, taken: bool = False) -> Iterator[list[str]]:
    """The same names, with the path of a private file for the photo on standard input, until the block ends.

    `taken`: something else is read from there. Raises BadInput, BadPhoto, WriteFailed.
    """
    if STDIN not in names:
        yield list(names)
        return
    if taken or names.count(STDIN) > 1:
        raise BadInput(say("Standard input can only be one thing."), say("Name the others by their paths."))
    if types_here():
        raise BadInput(
            say("Standard input is a terminal, and no photo comes from it."),
            say("Send it a photo: videoai - < photo.jpg"),
        )
    with temporary.folder() as folder:
        path = folder / SPOOLED
        _spool(sys.stdin.buffer, path)
        yield [str(path) if name == STDIN else name for name in names]


def _spool(source: BinaryIO, path: Path) -> None:
    size = 0
    with write_errors(path), path.open("xb") as target:
        while block := _read(source):
            size += len(block)
            if size > MAX_BYTES:
                raise BadPhoto(
                    say("The photo on standard input is larger than {most}.", most=units.size(MAX_BYTES)),
                    say("Export it as a smaller JPEG."),
                )
            target.write(block)
    if size == 0:
        raise BadPhoto(say("Nothing came from standard input."), say("Send it a photo: videoai - < photo.jpg"))


def _read(source: BinaryIO) -> bytes:
    """The next block. What cannot be read, as it is open for writing, is no fault of the place where it would go."""
    try:
        return source.read(_BLOCK)
    except OSError as error:
        raise BadPhoto(
            say("{name} cannot be read: {reason}.", name=say("standard input"), reason=reason(error)),
            say("Send it a photo: videoai - < photo.jpg"),
        ) from error
