"""Ctrl-Z: what is being computed pauses with the program that was stopped, and goes on with it.

A child is out of the terminal's reach, and is not sent a signal that stops it either: stopped, it could not end when
its supervisor is killed meanwhile. It is told through its pipe, and its computing thread waits; the others listen on.
"""

from __future__ import annotations

import os
import signal
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Protocol


class Pausable(Protocol):
    """What computes for this process."""

    def pause(self) -> None:
        """Ask it to compute nothing."""

    def go_on(self) -> None:
        """Let it compute again."""


_PAUSED_WITH_US: weakref.WeakSet[Pausable] = weakref.WeakSet()


def pause_with_us(run: Pausable) -> None:
    """Let `run` pause whenever this process is stopped, as long as it lives."""
    _PAUSED_WITH_US.add(run)


@contextmanager
def pausing() -> Iterator[None]:
    """Within the block, of the main thread, Ctrl-Z pauses what computes for this process too."""

    def on_stop(number: int, frame: FrameType | None) -> None:
        runs = list(_PAUSED_WITH_US)
        for run in runs:
            run.pause()
        signal.signal(signal.SIGTSTP, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGTSTP)  # here it stands still, until it is told to go on
        signal.signal(signal.SIGTSTP, on_stop)
        for run in runs:
            run.go_on()

    before = signal.getsignal(signal.SIGTSTP)
    if before == signal.SIG_IGN:  # a shell without job control
        yield
        return
    signal.signal(signal.SIGTSTP, on_stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTSTP, before)


class Pauses:
    """In the child: its main thread stands still while it is to pause."""

    def __init__(self) -> None:
        """To be made in the main thread."""
        self._may_go_on = threading.Event()
        self._may_go_on.set()
        self._computing = threading.main_thread().ident or 0
        signal.signal(signal.SIGUSR1, self._stand_still)

    def begin(self) -> None:
        """From any thread: pause at the next operation."""
        self._may_go_on.clear()
        signal.pthread_kill(self._computing, signal.SIGUSR1)

    def end(self) -> None:
        """From any thread: go on."""
        self._may_go_on.set()

    def _stand_still(self, number: int, frame: FrameType | None) -> None:
        self._may_go_on.wait()
