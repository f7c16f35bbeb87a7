"""One video at a time: two runs at once would take the memory from each other."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from videoai.system import paths
from videoai.system.locking import locked


def accelerator(on_wait: Callable[[], None]) -> AbstractContextManager[None]:
    """Hold the machine's one accelerator; call `on_wait` once if it is taken, and wait for it. Raises WriteFailed."""
    return locked(paths.accelerator_lock(), on_wait)
