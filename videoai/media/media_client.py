"""Asking the process that reads photos and videos, watching it while it does, and telling how it ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from videoai.errors import from_dict
from videoai.language import kept, restored
from videoai.system import paths, processes, temporary
from videoai.system.deaths import Death, Watch
from videoai.system.files import write_errors

CHILD = "videoai.media.media_process"

_LOOKS = 0.02
"""Seconds between two looks at its memory: in so little time none takes much."""


@dataclass(frozen=True, slots=True)
class ReadingLimits:
    """What reading one file may take: seconds by the clock, processor seconds, bytes of memory."""

    patience: float
    seconds: int | None = None
    memory: int | None = None


class Ended(Exception):
    """It ended without an answer, or was ended for one of its limits."""

    def __init__(self, limit: Literal["memory", "time"] | None, death: Death) -> None:
        super().__init__(death.message)
        self.limit = limit
        self.death = death


def ask(
    verb: str, *words: str, limits: ReadingLimits, task: Mapping[str, Any] | None = None, files: Sequence[int] = ()
) -> tuple[dict[str, Any], bytes]:
    """Its answer, and the bytes that follow it.

    Everybody may read the `words` of a process; what is nobody's business goes into `task`. `files` are open ones that
    it gets, under the same numbers. Raises the VideoAiError that it says, Ended, WriteFailed.
    """
    watch = Watch.start()
    with write_errors(paths.temporary()):
        errors = temporary.file()
    with errors:
        told = json.dumps(kept({"limit": limits.seconds, **(task or {})})).encode() + b"\n"
        process = processes.start(CHILD, verb, *words, errors=errors, files=files)
        guard = Guard(process, limits)
        with process, guard:
            said = _said(process, told)
        errors.seek(0)
        tail = errors.read()[-2000:].decode("utf-8", "replace").strip()
    line, _, content = said.partition(b"\n")
    answer: dict[str, Any] = json.loads(line) if line else {}
    if "error" in answer:
        raise from_dict(restored(answer["error"]))
    if process.returncode or not line:
        limit = "time" if process.returncode == -signal.SIGXCPU else guard.limit
        raise Ended(limit, watch.explain(process.returncode, tail, programs=list))
    return restored(answer), content


def _said(process: subprocess.Popen[bytes], told: bytes) -> bytes:
    into, out = process.stdin, process.stdout
    if into is None or out is None:
        return b""
    try:
        os.write(into.fileno(), told)  # not into its buffer; it stays open, as the process ends when it closes
    except BrokenPipeError:  # it has ended already; why, its exit code says
        return b""
    return out.read()


class Guard(threading.Thread):
    """Ends the process when it goes over a limit; `limit` says which. Its patience is with what is `asked` of it."""

    def __init__(self, process: subprocess.Popen[bytes], limits: ReadingLimits) -> None:
        super().__init__(daemon=True)
        self.limit: Literal["memory", "time"] | None = None
        self._process, self._limits, self._over = process, limits, threading.Event()
        self._give_up: float | None = None
        self.asked(True)

    def asked(self, waiting: bool) -> None:
        """Whether somebody begins to wait for it now."""
        self._give_up = time.monotonic() + self._limits.patience if waiting else None

    def __enter__(self) -> None:
        self.start()

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(_LOOKS):
            give_up = self._give_up
            if give_up is not None and time.monotonic() > give_up:
                self.limit = "time"
            elif self._limits.memory is not None and _memory(self._process.pid) > self._limits.memory:
                self.limit = "memory"
            if self.limit is not None:
                self._process.kill()
                return


def _memory(pid: int) -> int:
    """Bytes that it has in memory; 0 when it has ended."""
    import psutil

    try:
        found: int = psutil.Process(pid).memory_info().rss
    except psutil.Error:
        return 0
    return found
