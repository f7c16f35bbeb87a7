"""A call from a program: its errors are of one family, and what its own functions raise passes as it is."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import numpy as np

from videoai.errors import BadInput, NotEnoughMemory, VideoAiError, unforeseen
from videoai.events import Event, Notice, OnEvent
from videoai.language import say, shown
from videoai.system.deaths import is_want_of_memory


class ProgramCall:
    """One call, and what it tells its events to. Raises BadInput if that cannot be told anything."""

    def __init__(self, on_event: OnEvent | None = None) -> None:
        if on_event is not None and not callable(on_event):
            raise BadInput(say("on_event is no function."), say("Pass a function that takes one event."))
        self._hear = on_event or log_important
        self._raised: BaseException | None = None

    def on_event(self, event: Event) -> None:
        """Tell the caller. What that raises ends the run, and is raised again in the end."""
        self.ask(lambda: self._hear(event))

    def ask(self, function: Callable[[], None]) -> None:
        """Call one of the caller's own functions."""
        try:
            function()
        except BaseException as error:
            self._raised = error
            raise

    @contextmanager
    def one_family(self) -> Iterator[None]:
        """Raises VideoAiError for whatever goes wrong in the block, but for what the caller's own functions raised."""
        try:
            yield
        except Exception as error:
            if self._raised is not None and error is not self._raised:
                raise self._raised from None
            if self._raised is not None or isinstance(error, VideoAiError):
                raise
            raise _of_the_family(error) from error


def _of_the_family(error: Exception) -> VideoAiError:
    """torch says in words that it got no memory."""
    if is_want_of_memory(f"{type(error).__name__}: {error}"):
        return NotEnoughMemory(
            say("There was not enough memory."),
            say("Choose a smaller preset or fewer bits, or close programs you don't need."),
        )
    return unforeseen(error, say("This is a bug in VideoAi. Its details are in the __cause__ of this error."))


def log_important(event: Event) -> None:
    """For callers without `on_event`: they are still told what is downloaded, and under which licence."""
    if isinstance(event, Notice) and event.important:
        warn(event.message)


def warn(message: str) -> None:
    """Tell the program's log, in the language of the program's user."""
    logging.getLogger("videoai").warning(shown(message))


def plain(values: Mapping[str, object]) -> dict[str, Any]:
    """Values as the table of parameters takes them: paths as texts, and numpy's numbers as Python's."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, os.PathLike):
            value = os.fsdecode(value)
        elif isinstance(value, np.generic):
            value = value.item()
        found[name] = value
    return found
