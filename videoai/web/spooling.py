"""Where what is sent waits until it is whole: photos of people, so in the program's own folder: see temporary.py."""

from __future__ import annotations

from tempfile import SpooledTemporaryFile
from typing import IO, cast

import flask
from waitress.buffers import TempfileBasedBuffer

from videoai import paths, temporary
from videoai.files import write_errors

_IN_MEMORY = 500_000
"""Bytes of a file in a form that are kept in memory; what is larger waits on the disk."""


class Request(flask.Request):
    """A request whose files wait there."""

    def _get_file_stream(
        self,
        total_content_length: int | None,
        content_type: str | None,
        filename: str | None = None,
        content_length: int | None = None,
    ) -> IO[bytes]:
        with write_errors(paths.temporary()):
            return cast("IO[bytes]", SpooledTemporaryFile(max_size=_IN_MEMORY, mode="rb+", dir=str(temporary.place())))


def spool_bodies() -> None:
    """Let waitress, which has no setting for it, put what it takes in there too."""
    TempfileBasedBuffer.newfile = lambda buffer: temporary.file()
