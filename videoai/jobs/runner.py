"""Where a job runs: in a child process of this machine, or wherever another Runner takes it."""

from __future__ import annotations

import fcntl
import os
import selectors
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Protocol

from videoai.errors import VideoAiError
from videoai.jobs.folder import ERRORS
from videoai.jobs.pausing import pause_with_us
from videoai.jobs.task import Task
from videoai.system import private, processes
from videoai.system.messages import CANCEL, GO_ON, PAUSE, Message, decode
from videoai.system.reasons import reason
from videoai.system.scrubbing import scrubbed


class Run(Protocol):
    """A job that is being made."""

    pid: int

    def messages(self, seconds: float) -> Iterator[Message | None]:
        """What it says, until it says no more; None whenever it has said nothing for so long."""
        ...

    def cancel(self) -> None:
        """Ask it to end at its next event."""
        ...

    def stop(self, number: int) -> None:
        """Send it a signal; nothing happens if it has ended."""
        ...

    def end(self) -> tuple[int, str]:
        """Wait for its end: its exit code, negative for a signal, and the last it wrote to stderr."""
        ...


class Runner(Protocol):
    """Starts jobs."""

    def start(self, folder: Path) -> Run:
        """Begin, or go on with, the job in `folder`. Raises OSError if that is not possible at all."""
        ...


class LocalRunner:
    """A child process each: what kills it, an abort of the graphics driver or the system short of memory, ends it
    alone. Started anew, never forked: Metal does not survive a fork."""

    def start(self, folder: Path) -> Run:
        return _LocalRun(folder)


class _LocalRun:
    def __init__(self, folder: Path) -> None:
        self._errors = folder / ERRORS
        _set_aside(self._errors)  # that of the attempt before
        with private.create(self._errors) as errors:
            # At its end, wherever that is by then: the log is cut while the child writes.
            fcntl.fcntl(errors, fcntl.F_SETFL, fcntl.fcntl(errors, fcntl.F_GETFL) | os.O_APPEND)
            self._process = processes.start("videoai.jobs.worker", str(folder), errors=errors)
        self.pid = self._process.pid
        self._looked = 0.0
        self._was_cut = False
        pause_with_us(self)

    def messages(self, seconds: float) -> Iterator[Message | None]:
        out: IO[bytes] = self._process.stdout  # type: ignore[assignment]  # it is a pipe
        rest = b""
        with selectors.PollSelector() as selector:  # which needs no descriptor of its own
            selector.register(out, selectors.EVENT_READ)
            while True:
                self._bound_log()
                if not selector.select(seconds):
                    yield None
                    continue
                if not (piece := os.read(out.fileno(), 1 << 16)):
                    return
                *lines, rest = (rest + piece).split(b"\n")
                yield from map(decode, lines)

    def _bound_log(self) -> None:
        """Begin the log anew when it has grown large; the one before is kept, and none before that."""
        now = time.monotonic()
        if now - self._looked < _LOOK_SECONDS:
            return
        self._looked = now
        with suppress(OSError):
            if self._errors.stat().st_size > MOST_LOG_BYTES:
                with private.create(self._errors.with_suffix(_BEFORE)) as before:
                    before.write(self._errors.read_bytes()[-MOST_LOG_BYTES:])
                os.truncate(self._errors, 0)
                self._was_cut = True

    def cancel(self) -> None:
        self._say(CANCEL)

    def pause(self) -> None:
        self._say(PAUSE)

    def go_on(self) -> None:
        self._say(GO_ON)

    def _say(self, word: bytes) -> None:
        pipe: IO[bytes] = self._process.stdin  # type: ignore[assignment]  # it is a pipe
        with suppress(BrokenPipeError, ValueError):  # it has ended by itself
            os.write(pipe.fileno(), word)  # not through a buffer: a signal may have come in the middle of another word

    def stop(self, number: int) -> None:
        self._process.send_signal(signal.Signals(number))

    def end(self) -> tuple[int, str]:
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        before, said = _scrub(self._errors)
        # It may have been cut at the last moment, with the reason of the death in what was cut off.
        return code, ((before if self._was_cut else "") + said)[-_TAIL:]


MOST_LOG_BYTES = 1 << 20
_LOOK_SECONDS = 5.0
_BEFORE = ".1.log"


def _set_aside(log: Path) -> None:
    with suppress(OSError):  # there is none, or it cannot be moved: then it is written over
        if log.stat().st_size:
            log.replace(log.with_suffix(_BEFORE))


_TAIL = 8192
"""Characters of stderr that are looked at for the reason of a death."""


def _scrub(log: Path) -> tuple[str, str]:
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
        with private.create(log) as out:  # which leaves nothing of what was there, also on a full disk
            out.write(said.encode())
    return said


def _photo_of(folder: Path) -> str:
    try:
        return Path(Task.read(folder).photo).name
    except VideoAiError:
        return ""
