"""Child processes of our own: for what is not to stay in memory, and what may die without taking this one along."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import IO

from videoai.errors import EXIT_INTERRUPTED


def start(module: str, *words: str, errors: IO[bytes] | int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
    """Start `python -m module words`, with pipes to and from it. Raises OSError.

    Started anew, never forked, as Metal does not survive a fork; out of reach of a Ctrl-C in the terminal, which is
    this process's to answer. The child calls `end_with_parent`.
    """
    return subprocess.Popen(  # noqa: S603 (our own modules)
        [sys.executable, "-m", module, *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
        env=environment(),
    )


def environment() -> dict[str, str]:
    """This process's, in which a child finds this package too: a program run from its folder is not installed."""
    ours, others = str(Path(__file__).resolve().parents[1]), os.environ.get("PYTHONPATH")
    return os.environ | {"PYTHONPATH": f"{ours}{os.pathsep}{others}" if others else ours}


def end_with_parent() -> None:
    """In a child: end when the pipe from the parent closes, which it does however the parent ends."""
    threading.Thread(target=_wait_for_end, daemon=True).start()


def _wait_for_end() -> None:
    # Not through sys.stdin, whose lock the interpreter would wait for at its end.
    while os.read(0, 4096):
        pass
    os._exit(EXIT_INTERRUPTED)
