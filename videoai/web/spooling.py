"""Where what is sent waits until it is whole: photos of people, so in the program's own folder: see temporary.py."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from functools import cached_property
from tempfile import SpooledTemporaryFile
from typing import IO, Any, cast

import flask
from waitress.buffers import TempfileBasedBuffer
from werkzeug.formparser import FormDataParser

from videoai.system import paths, temporary
from videoai.system.files import write_errors
from videoai.system.reasons import is_full

_IN_MEMORY = 500_000
"""Bytes of a file in a form that are kept in memory; what is larger waits on the disk."""


class Nowhere:
    """For a body that is not wanted: the client sends all of it before it reads an answer, so it is let come."""

    def append(self, data: bytes) -> None:
        pass

    def __len__(self) -> int:
        return 0

    def getfile(self) -> io.BytesIO:
        return io.BytesIO()

    def close(self) -> None:
        pass


class Body:
    """Where a body is put down, as long as there is room; in vain from then on, as waitress reads on to its end."""

    def __init__(self, buffer: Any, on_full: Callable[[], None]) -> None:
        self._buffer, self._on_full = buffer, on_full

    def append(self, data: bytes) -> None:
        try:
            self._buffer.append(data)
        except OSError as error:
            if not is_full(error):
                raise
            with suppress(OSError):  # what it holds has no room
                self._buffer.close()
            self._buffer = Nowhere()
            self._on_full()

    def __len__(self) -> int:
        return len(self._buffer)

    def getfile(self) -> Any:
        return self._buffer.getfile()

    def close(self) -> None:
        self._buffer.close()


class _Spooled(SpooledTemporaryFile[bytes]):
    def close(self) -> None:
        """What the disk had no room for is wanted no more: that was said when it was written."""
        with suppress(OSError):
            super().close()


class SpoolingRequest(flask.Request):
    """A request whose files wait there."""

    def make_form_data_parser(self) -> FormDataParser:
        parser = super().make_form_data_parser()
        parser.stream_factory = self._spool
        return parser

    def _spool(self, *_: Any, **__: Any) -> IO[bytes]:
        with write_errors(paths.temporary()):
            file = _Spooled(max_size=_IN_MEMORY, mode="rb+", dir=str(temporary.place()))
        self._spooled.append(file)
        return cast("IO[bytes]", file)

    @cached_property
    def _spooled(self) -> list[_Spooled]:
        return []

    def close_spooled(self) -> None:
        """Close all of them, those too of a form that came to no end."""
        for file in self._spooled:
            file.close()


def close_files(app: flask.Flask) -> None:
    """Let no file outlive its request."""

    def close(_: BaseException | None) -> None:
        cast(SpoolingRequest, flask.request).close_spooled()

    app.teardown_request(close)


def spool_bodies() -> None:
    """Let waitress, which has no setting for it, put what it takes in there too."""
    TempfileBasedBuffer.newfile = lambda buffer: temporary.file()
