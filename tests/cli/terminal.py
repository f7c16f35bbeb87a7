"""A command on a real terminal: what it asks, and what somebody types."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import subprocess
import sys
import termios
import time
from pathlib import Path

from tests.conftest import ROOT


class OnTerminal:
    """`videoai` with a pseudo terminal as its stdin and stderr; its stdout is a pipe."""

    def __init__(self, folder: Path, *words: object, **environment: str) -> None:
        self._ours, theirs = pty.openpty()
        command = [sys.executable, "-m", "videoai", *map(str, words)]
        self._process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=theirs,
            stdout=subprocess.PIPE,
            stderr=theirs,
            env=os.environ | {"PYTHONPATH": str(ROOT), "TERM": "dumb"} | environment,
            start_new_session=True,
            preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # so that its Ctrl-C is a signal
        )
        os.close(theirs)
        self.shown = ""

    def until(self, text: str, seconds: float = 60) -> None:
        """Read on until that is shown. A program that does not show it is ended."""
        end = time.monotonic() + seconds
        while text not in self.shown:
            if time.monotonic() > end or not self._read(1.0):
                self._process.kill()
                self.end()
                raise AssertionError(self.shown)

    def type(self, keys: str) -> None:
        os.write(self._ours, keys.encode())

    def end(self) -> tuple[int, str]:
        """The exit code and what was written to stdout, once it has ended."""
        while self._read(60.0):
            pass
        out, _ = self._process.communicate(timeout=60)
        os.close(self._ours)
        return self._process.returncode, out.decode()

    def _read(self, seconds: float) -> bool:
        """Whether there may be more."""
        if select.select([self._ours], [], [], seconds)[0]:
            try:
                piece = os.read(self._ours, 4096)
            except OSError:  # Linux's end of a pseudo terminal
                piece = b""
            self.shown += piece.decode(errors="replace")
            return bool(piece)
        return True
