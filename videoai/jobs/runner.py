"""Where a job runs: in a child process of this machine, or wherever another Runner takes it."""

from __future__ import annotations

import os
import selectors
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Protocol

from videoai import private, processes
from videoai.errors import VideoAiError
from videoai.jobs.folder import ERRORS
from videoai.jobs.messages import Message, decode
from videoai.jobs.task import Task
from videoai.scrubbing import scrubbed


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
        with private.create(self._errors) as errors:
            self._process = processes.start("videoai.jobs.child", str(folder), errors=errors)
        self.pid = self._process.pid

    def messages(self, seconds: float) -> Iterator[Message | None]:
        out: IO[bytes] = self._process.stdout  # type: ignore[assignment]  # it is a pipe
        rest = b""
        with selectors.DefaultSelector() as selector:
            selector.register(out, selectors.EVENT_READ)
            while True:
                if not selector.select(seconds):
                    yield None
                    continue
                if not (piece := os.read(out.fileno(), 1 << 16)):
                    return
                *lines, rest = (rest + piece).split(b"\n")
                yield from map(decode, lines)

    def cancel(self) -> None:
        pipe: IO[bytes] = self._process.stdin  # type: ignore[assignment]  # it is a pipe
        try:
            pipe.write(b"cancel\n")
            pipe.flush()
        except BrokenPipeError:
            pass  # it has ended by itself

    def stop(self, number: int) -> None:
        self._process.send_signal(signal.Signals(number))

    def end(self) -> tuple[int, str]:
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        return code, _scrub(self._errors)[-_TAIL:]


_TAIL = 8192
"""Bytes of stderr that are looked at for the reason of a death."""


def _scrub(log: Path) -> str:
    """What it wrote to stderr, which then says nothing of the user any more."""
    said = log.read_bytes().decode("utf-8", "replace")
    if said:
        try:
            photo = Path(Task.read(log.parent).photo).name
        except VideoAiError:
            photo = ""
        said = scrubbed(said, photo)
        with private.create(log) as out:
            out.write(said.encode())
    return said
