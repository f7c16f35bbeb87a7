"""Child processes of our own: for what is not to stay in memory, and what may die without taking this one along."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO


def start(
    module: str, *words: str, errors: IO[bytes] | int = subprocess.DEVNULL, files: Sequence[int] = ()
) -> subprocess.Popen[bytes]:
    """Start `module` with these words as its arguments, and pipes to and from it. Raises OSError.

    It gets the open `files`, under the same numbers.

    Started anew, never forked, as Metal does not survive a fork; out of reach of a Ctrl-C in the terminal, which is
    this process's to answer. What the child does for its part is in child.py.
    """
    return subprocess.Popen(  # noqa: S603 (our own modules)
        _command(module, *words),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        start_new_session=True,
        pass_fds=files,
        cwd=_folder(),
        env=_environment(),
    )


def close_pipes(process: subprocess.Popen[bytes]) -> None:
    """To and from a process that `start` has started."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            pipe.close()


def run(module: str, *words: str, seconds: float) -> subprocess.CompletedProcess[str]:
    """What `module` says, started as `start` does it. Raises OSError if it does not start, or is not done in time."""
    try:
        return subprocess.run(  # noqa: S603 (our own modules)
            _command(module, *words),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=seconds,
            start_new_session=True,
            cwd=_folder(),
            env=_environment(),
        )
    except subprocess.TimeoutExpired as error:
        raise TimeoutError(errno.ETIMEDOUT, os.strerror(errno.ETIMEDOUT), module) from error


def _command(module: str, *words: str) -> list[str]:
    """What runs `module` as `python -m` would, but with this process's places for imports instead of new ones.

    `python -m`, as `python -c`, looks into the current folder first: a file `types.py` among somebody's downloads
    would be run. The places are said to the child as its first statement, before it imports anything; in PYTHONPATH
    they could not have a colon.
    """
    run = f"import sys; sys.path[:] = {_places()!a}; import runpy; runpy.run_module({module!r}, None, '__main__', True)"
    return [sys.executable, "-c", run, *words]


def _environment() -> dict[str, str]:
    """This process's without PYTHONPATH, whose places `_command` says: an empty one in it is the current folder, which
    Python looks through when it starts."""
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}


def _places() -> list[str]:
    """Where this package is, which need not be installed; then where this process looks, but for the current folder."""
    ours = str(Path(__file__).resolve().parents[2])
    here = _current()
    others = [os.path.abspath(place) if here else place for place in sys.path if place]
    return [ours, *(place for place in others if place not in (ours, here))]


def _folder() -> str | None:
    """Where a child is to be: in a folder that was deleted some libraries do not load."""
    return None if _current() else "/"


def _current() -> str:
    """The current folder; empty if it was deleted."""
    try:
        return os.getcwd()
    except FileNotFoundError:
        return ""
