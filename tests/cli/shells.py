"""Shells at a terminal of their own, in which somebody types."""

from __future__ import annotations

import os
import pty
import re
import select
import shlex
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.conftest import ROOT, find_tool

TAB, ENTER, CTRL_C = "\t", "\r", "\x03"

START = {
    "bash": ["--norc", "--noprofile", "-i"],
    "zsh": ["-f", "-i"],  # no start file, so nobody has called compinit
    "fish": ["--no-config", "-i"],
}
LOADED_BY = {
    "bash": 'eval "$(videoai completion bash)"',
    "zsh": 'eval "$(videoai completion zsh)"',
    "fish": "videoai completion fish | source",
}
"""The line of `videoai completion --help`."""

_PROGRAM = """\
#!/bin/sh
# A stand-in beside the real one: what a finished line would run is only written down.
if [ -z "$_VIDEOAI_COMPLETE" ]; then
    printf '%s\\n' "$@" > "$RAN.part" && mv "$RAN.part" "$RAN"
    [ "$1" = completion ] || exit
fi
PYTHONPATH={root} exec {python} -m videoai "$@"
"""

_ESCAPES = re.compile(r"\x1b(\[[0-9;?>=]*[ -/]*[@-~]|\][^\x07\x1b]*(\x07|\x1b\\)|[()][AB0-2]|[=>])")


class Terminal:
    """A shell in `folder` that has loaded our completion."""

    def __init__(self, shell: str, folder: Path) -> None:
        path = find_tool(shell, shell)
        self.shell, self._seen = shell, ""
        programs = folder / "programs"
        programs.mkdir()
        program = programs / "videoai"
        program.write_text(_PROGRAM.format(root=shlex.quote(str(ROOT)), python=shlex.quote(sys.executable)))
        program.chmod(0o755)
        self._ran = folder / "ran"
        environment = os.environ | {"PATH": f"{programs}:{os.environ['PATH']}", "RAN": str(self._ran), "TERM": "xterm"}
        self.pid, self._terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(path, [path, *START[shell]], environment)
        self.ran(LOADED_BY[shell])

    def type(self, text: str) -> None:
        os.write(self._terminal, text.encode())

    def ran(self, line: str) -> list[str]:
        """The arguments with which `videoai` is run when the line is typed, and Enter."""
        self._ran.unlink(missing_ok=True)
        self.type(line + ENTER)
        self._until(self._ran.exists)
        return self._ran.read_text().splitlines()

    def offered(self, line: str, last: str) -> str:
        """What is on the screen after the line and some TABs, once `last` is there.

        bash completes what is common at the first, rings at the second and lists at the third.
        """
        self._seen = ""
        self.type(line + TAB * 3)
        self._until(lambda: last in self._seen)
        self.type(CTRL_C)
        return self._seen

    def _until(self, came: Callable[[], bool]) -> None:
        end = time.monotonic() + 60
        while not came():
            assert time.monotonic() < end, f"it never came; the screen: {self._seen}"
            if select.select([self._terminal], [], [], 0.02)[0]:
                piece = os.read(self._terminal, 65536).decode(errors="replace")
                self._answer(piece)
                self._seen += _ESCAPES.sub("", piece)

    def _answer(self, piece: str) -> None:
        """As a terminal does that is asked what it is and where the cursor is."""
        if "\x1b[c" in piece or "\x1b[0c" in piece:
            self.type("\x1b[?62;c")
        if "\x1b[6n" in piece:
            self.type("\x1b[1;1R")

    def close(self) -> None:
        os.close(self._terminal)
        os.waitpid(self.pid, 0)
