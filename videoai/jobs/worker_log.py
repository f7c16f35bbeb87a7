"""What a worker wrote to stderr: bounded while it writes, and in the end scrubbed of all that is the user's."""

from __future__ import annotations

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import IO

from videoai.errors import VideoAiError
from videoai.history.task import Submission
from videoai.system import private_files
from videoai.system.reasons import reason
from videoai.system.scrubbing import scrubbed

MOST_LOG_BYTES = 1 << 20
_LOOK_SECONDS = 5.0
_BEFORE = ".1.log"
_TAIL = 8192
"""Characters of stderr that are looked at for the reason of a death."""


class WorkerLog:
    """The log at `path`, begun anew; that of the attempt before is kept beside it, and none before that."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._looked = 0.0
        self._was_cut = False
        _set_aside(path)

    def opened(self) -> IO[bytes]:
        """For the worker to write to. Raises OSError."""
        errors = private_files.create(self._path)
        # At its end, wherever that is by then: the log is cut while the worker writes.
        fcntl.fcntl(errors, fcntl.F_SETFL, fcntl.fcntl(errors, fcntl.F_GETFL) | os.O_APPEND)
        return errors

    def bound(self) -> None:
        """Begin it anew when it has grown large; to be called again and again."""
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        with suppress(OSError):
            if self._path.stat().st_size > MOST_LOG_BYTES:
                with private_files.create(self._path.with_suffix(_BEFORE)) as before:
                    before.write(self._path.read_bytes()[-MOST_LOG_BYTES:])
                os.truncate(self._path, 0)
                self._was_cut = True

    def close(self) -> str:
        """Once nobody writes: scrub it, and return the last words."""
        before, said = scrub(self._path)
        # It may have been cut at the last moment, with the reason of the death in what was cut off.
        return ((before if self._was_cut else "") + said)[-_TAIL:]


def _set_aside(log: Path) -> None:
    with suppress(OSError):  # there is none, or it cannot be moved: then it is written over
        if log.stat().st_size:
            log.replace(log.with_suffix(_BEFORE))


def scrub(log: Path) -> tuple[str, str]:
    """What the log before and this one say, neither of which says anything of the user any more."""
    try:
        return _scrub_one(log.with_suffix(_BEFORE)), _scrub_one(log)
    except OSError as error:
        # The folder is gone, or the disk refuses. How the run ended is known all the same, and to be told.
        return "", f"({reason(error)})"


def _scrub_one(log: Path) -> str:
    if not log.exists():
        return ""
    said = log.read_bytes()[-MOST_LOG_BYTES:].decode("utf-8", "replace")
    if said:
        said = scrubbed(said, _photo_of(log.parent))
        with private_files.create(log) as out:  # which leaves nothing of what was there, also on a full disk
            out.write(said.encode())
    return said


def _photo_of(folder: Path) -> str:
    try:
        return Path(Submission.read(folder).photo).name
    except VideoAiError:
        return ""
