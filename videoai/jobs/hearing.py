"""Who hears of a run's events, and whether what has ended it was their wish."""

from __future__ import annotations

from videoai.errors import Postponed
from videoai.events import Event, OnEvent


class Hearer:
    """Passes events on, and remembers what hearing them has raised: whoever raises there wants the run no more."""

    def __init__(self, on_event: OnEvent) -> None:
        self._on_event = on_event
        self._raised: BaseException | None = None

    def __call__(self, event: Event) -> None:
        try:
            self._on_event(event)
        except BaseException as error:
            self._raised = error
            raise

    def wanted(self, error: BaseException) -> bool:
        """Whether the job is to be cancelled for this error: theirs, or Ctrl-C; nobody wants it for one of ours."""
        return not isinstance(error, Postponed) and (error is self._raised or not isinstance(error, Exception))
