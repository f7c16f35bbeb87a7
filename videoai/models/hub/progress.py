"""Bytes as events, few enough that nobody chokes on them."""

from __future__ import annotations

import time

from videoai.events import Notice, OnEvent, Stage, Step

_SECONDS_BETWEEN = 0.1


class DownloadProgress:
    """What a download says. Every method may raise what `on_event` raises: that is how it is cancelled."""

    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event
        self._done = 0
        self._said: int | None = None
        self._next = float("inf")  # no step before the first stage

    def begin(self, name: str, total: int) -> None:
        """A new stage, of `total` bytes."""
        self._done, self._said, self._next = 0, None, 0.0
        self._on_event(Stage(name, total, "bytes"))

    def at(self, done: int) -> None:
        """`done` bytes of the stage are there; said at most ten times a second."""
        self._done = done
        self.beat()

    def beat(self) -> None:
        """Nothing new, but a chance to cancel."""
        now = time.monotonic()
        if now >= self._next:
            self._next = now + _SECONDS_BETWEEN
            self._say()

    def end(self) -> None:
        """The stage is over; its last step is said, if it was not yet."""
        if self._said != self._done:
            self._say()

    def notice(self, message: str) -> None:
        """Something that the user should know."""
        self._on_event(Notice(message))

    def _say(self) -> None:
        self._said = self._done
        self._on_event(Step(self._done))
