"""One video at a time: two runs at once would take the memory from each other."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from videoai.errors import JobConflict
from videoai.language import say
from videoai.system import paths
from videoai.system.locking import POLL_SECONDS, locked

working_for: ContextVar[int | None] = ContextVar("working_for", default=None)
"""The thread that waits for this one, if it does: it cannot give back what it holds meanwhile."""

_turn = threading.Lock()
_holders: set[int] = set()


@contextmanager
def accelerator(on_wait: Callable[[], None], while_waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the machine's one accelerator; call `on_wait` once if it is taken, and wait for it. While that lasts,
    `while_waiting` is called now and then; if it raises, nobody waits any more.

    Raises WriteFailed, and JobConflict to who holds it already, and would wait for ever.
    """
    who = working_for.get() or threading.get_ident()
    if who in _holders:
        raise JobConflict(
            say("Another video is still being made by the same thread."),
            say("Take that one to its end first, or close it; or make the videos in two threads."),
        )
    waits = _Waits(on_wait)
    while not _turn.acquire(timeout=POLL_SECONDS if waits.begun else 0):
        waits.begin()
        while_waiting()
    try:
        with locked(paths.accelerator_lock(), waits.begin, while_waiting):
            _holders.add(who)
            try:
                yield
            finally:
                _holders.discard(who)
    finally:
        _turn.release()


class _Waits:
    """Says once that somebody waits, whatever for."""

    def __init__(self, on_wait: Callable[[], None]) -> None:
        self._on_wait = on_wait
        self.begun = False

    def begin(self) -> None:
        if not self.begun:
            self.begun = True
            self._on_wait()
