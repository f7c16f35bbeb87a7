"""Locks between processes: the operating system's, on files; they go with the process, however that ends."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from videoai.errors import WriteFailed

_POLL_SECONDS = 0.2


@contextmanager
def locked(path: Path, on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the lock file at `path`; call `on_wait` once if it is taken, and wait for it. Raises WriteFailed."""
    with _opened(path) as file:
        waiting = False
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if not waiting:
                    on_wait()
                    waiting = True
                time.sleep(_POLL_SECONDS)
        yield


def _opened(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("w")
    except OSError as error:
        raise WriteFailed(
            f"The folder {path.parent} cannot be used: {(error.strerror or str(error)).lower()}.",
            "Make it writable, or set VIDEOAI_HOME to a folder that you may write to.",
        ) from error
