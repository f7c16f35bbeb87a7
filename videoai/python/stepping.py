"""A run as an iterator of its events: it computes only while it is asked for the next one.

It computes in a thread of its own, which stands still from each event to the next question, so that whoever closes the
iterator ends the run at once.
"""

from __future__ import annotations

import atexit
import threading
from collections.abc import Callable, Generator
from contextvars import copy_context
from typing import Generic, TypeVar

from videoai.events import Event, OnEvent
from videoai.system.accelerator import working_for

Made = TypeVar("Made")


class Closed(BaseException):
    """Nobody asks for events any more."""


def stepped(run: Callable[[OnEvent, Callable[[], None]], Made]) -> Generator[Event | Made]:
    """The events that `run` tells its first argument, and in the end what it returns. What it raises is raised here.

    Its second argument is to be called now and then where it tells nothing for long: it raises Closed when there is
    no point in going on.
    """
    steps = _Steps(run)
    atexit.register(steps.close)  # of one that is never closed: it leaves nothing all the same
    try:
        while (event := steps.next()) is not None:
            yield event
    finally:
        steps.close()
        atexit.unregister(steps.close)
    yield steps.made()


class _Steps(Generic[Made]):
    """The thread, and the two signs that it and whoever asks give each other."""

    def __init__(self, run: Callable[[OnEvent, Callable[[], None]], Made]) -> None:
        self._run = run
        self._asked, self._answered = threading.Semaphore(0), threading.Semaphore(0)
        self._event: Event | None = None
        self._closed = False
        self._result: list[Made] = []
        self._error: BaseException | None = None
        context = copy_context()  # the language, among others
        context.run(working_for.set, working_for.get() or threading.get_ident())
        self._thread = threading.Thread(target=context.run, args=(self._work,), name="videoai", daemon=True)
        self._thread.start()

    def next(self) -> Event | None:
        """The next event; None after the last."""
        self._asked.release()
        self._answered.acquire()
        event, self._event = self._event, None
        return event

    def close(self) -> None:
        """End the run, if it has not ended; from its next event on it computes nothing."""
        self._closed = True
        self._asked.release()
        self._thread.join()

    def made(self) -> Made:
        if self._error is not None:
            raise self._error
        return self._result[0]

    def _work(self) -> None:
        try:
            self._wait()
            self._result.append(self._run(self._tell, self._check))
        except BaseException as error:
            self._error = error
        finally:
            self._answered.release()

    def _tell(self, event: Event) -> None:
        self._check()
        self._event = event
        self._answered.release()
        self._wait()

    def _wait(self) -> None:
        self._asked.acquire()
        self._check()

    def _check(self) -> None:
        if self._closed:
            raise Closed
