"""One video at a time: two runs at once would take the memory from each other."""

from __future__ import annotations

import fcntl
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from videoai import paths

_POLL_SECONDS = 0.2


@contextmanager
def accelerator(on_wait: Callable[[], None]) -> Iterator[None]:
    """Hold the machine's one accelerator; call `on_wait` once if it is taken, and wait for it.

    The lock is the operating system's: it goes with the process, however that ends.
    """
    path = paths.accelerator_lock()
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
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
