"""The runner of this machine: a child process makes the video in the job's folder."""

from __future__ import annotations

import json
import os
import selectors
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from videoai.errors import EXIT_INTERRUPTED
from videoai.history.folder import ERRORS, NEAR, PHOTO, STATE
from videoai.history.owner import Owner
from videoai.jobs.artifacts import OnDisk
from videoai.jobs.runner import Cancelled, End, RunEvent, Work
from videoai.jobs.worker_log import WorkerLog
from videoai.system import deaths, paths, private_files, processes
from videoai.system.machine import Heartbeat
from videoai.system.messages import CANCEL, GO_ON, PAUSE, Done, Failed, Written, decode

_INSISTING = ((signal.SIGTERM, 5.0), (signal.SIGKILL, 10.0))
"""What a worker is sent, so many seconds after it was asked to end: the state is safe at any moment, so there is no
need to wait for long."""


class LocalRunner:
    """A child process each: what kills it, an abort of the graphics driver or the system short of memory, ends it
    alone. Started anew, never forked: Metal does not survive a fork.

    It works in the folder that the job has in the home, or else in `jobs`: what is there already is not copied.
    """

    def __init__(self, jobs: Path | None = None) -> None:
        self._jobs = jobs

    def start(self, work: Work) -> LocalRun:
        """As in `Runner`."""
        return LocalRun(work, paths.job_folder(work.id) if self._jobs is None else self._jobs / work.id)

    def end_left_over(self, worker: Mapping[str, Any]) -> None:
        """A child ends with its supervisor, but for one that hangs, or was stopped."""
        process = Owner.from_dict(worker)
        if process is not None and process.alive():
            with suppress(ProcessLookupError, PermissionError):  # it has ended by itself; it is another user's
                os.kill(process.pid, signal.SIGKILL)


class LocalRun:
    """A child process, and what it has said that tells how it ended. As in `Run`."""

    def __init__(self, work: Work, folder: Path) -> None:
        self._folder = folder
        private_files.make_folder(self._folder)
        work.photo.save_to(self._folder / PHOTO)
        if work.near is not None:
            work.near.save_to(self._folder / NEAR)
        if work.state is not None:
            work.state.save_to(self._folder / STATE)
        for frames in work.frames:
            frames.save_to(self._folder / frames.name)
        self._log = WorkerLog(self._folder / ERRORS)
        self._watch = deaths.Watch.start()
        with self._log.opened() as errors:
            self._process = processes.start("videoai.jobs.worker", str(self._folder), errors=errors)
        self._tell(json.dumps(work.task).encode() + b"\n")
        self.worker = _found_again_by(self._process.pid)
        self._asked: float | None = None
        self._sent: set[int] = set()
        self._heartbeat: Heartbeat | None = None
        self._said: Done | Failed | None = None

    def events(self, seconds: float) -> Iterator[RunEvent | None]:
        out: IO[bytes] = self._process.stdout  # type: ignore[assignment]  # it is a pipe
        rest = b""
        with selectors.PollSelector() as selector:  # which needs no descriptor of its own
            selector.register(out, selectors.EVENT_READ)
            while True:
                self._log.bound()
                self._insist()
                if not selector.select(seconds):
                    yield None
                    continue
                if not (piece := os.read(out.fileno(), 1 << 16)):
                    return
                *lines, rest = (rest + piece).split(b"\n")
                for line in lines:
                    event = self._hear(line)
                    if event is not None:
                        yield event

    def _hear(self, line: bytes) -> RunEvent | None:
        message = decode(line)
        if isinstance(message, Done | Failed):
            self._said = message
            return None
        if isinstance(message, Written):
            return OnDisk(self._folder / message.name)
        if isinstance(message, Heartbeat):
            self._heartbeat = message
        return message

    def cancel(self) -> None:
        self._asked = self._asked or time.monotonic()
        self._tell(CANCEL)

    def _insist(self) -> None:
        for number, after in _INSISTING:
            if self._asked is not None and time.monotonic() - self._asked >= after and number not in self._sent:
                self._send(number)

    def kill(self) -> None:
        self._send(signal.SIGKILL)  # the state is safe at any moment

    def pause(self) -> None:
        self._tell(PAUSE)

    def go_on(self) -> None:
        self._tell(GO_ON)

    def end(self) -> End:
        code = self._process.wait()
        processes.close_pipes(self._process)
        last_words = self._log.close()
        if self._said is not None:
            return self._said
        if self._asked is not None and code in (EXIT_INTERRUPTED, -signal.SIGTERM, -signal.SIGKILL):
            return Cancelled()
        return self._watch.explain(code, last_words, self._heartbeat, self._sent)

    def _tell(self, word: bytes) -> None:
        pipe: IO[bytes] = self._process.stdin  # type: ignore[assignment]  # it is a pipe
        with suppress(BrokenPipeError, ValueError):  # it has ended by itself
            os.write(pipe.fileno(), word)  # not through a buffer: a signal may have come in the middle of another word

    def _send(self, number: signal.Signals) -> None:
        self._sent.add(number)
        self._process.send_signal(number)


def _found_again_by(pid: int) -> dict[str, Any] | None:
    try:
        process = Owner.of(pid)
    except OSError:
        return None  # the system does not say: then it cannot be found either, should it be left over
    return None if process is None else process.to_dict()
