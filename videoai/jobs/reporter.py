"""What the history is told of a run, however long it cannot be written: the run does not suffer for it."""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

from videoai.errors import HistoryGone, JobConflict, VideoAiError
from videoai.history.job import Job
from videoai.history.owner import Owner
from videoai.history.store import JobStore
from videoai.language import say

Word = Callable[..., object]
"""A method of `Leases`: it gets the job's id, its owner and more, and says whether the job is theirs."""

PAUSE_SECONDS = 1.0
"""Between two tries. Each waits for a moment itself, where another program writes."""


class Reporter:
    """Tells the history of one attempt.

    Another program may hold the database's lock for a minute, the disk may be full for a day. What could not be written
    is kept, in order, and said again later; of how far the run is, only the last. `on_trouble` is told why it is so,
    and None when it is over.
    """

    def __init__(
        self, store: JobStore, job: Job, owner: Owner, on_trouble: Callable[[VideoAiError | None], None]
    ) -> None:
        self._store, self._job, self._owner, self._on_trouble = store, job, owner, on_trouble
        self._waiting: list[Callable[[], object]] = []
        self._told: str | None = None
        self._next = 0.0

    def tell(self, word: Word, *more: object) -> None:
        """Say it now, or as soon as that can be. Raises JobConflict if the job is no longer this owner's."""
        self._waiting.append(partial(word, self._job.id, self._owner, *more))
        self._catch_up()

    def progress(self, stage: str, step: int, total: int, eta: float | None) -> None:
        """Say how far it is, which keeps the lease; if that cannot be, the next time will do. Raises JobConflict."""
        if self._catch_up():
            self._try(partial(self._store.leases.progress, self._job.id, self._owner, stage, step, total, eta))

    def wants_cancel(self) -> bool:
        """Whether somebody has asked for the run to end, as far as that can be read."""
        try:
            return self._store.get(self._job.id).cancel_requested
        except VideoAiError as error:
            self._trouble(error)
            return False

    def close(self, word: Word, *more: object, until: Callable[[], bool]) -> object:
        """Say the last word, and what still waits before it, however long that takes; what the word answers.

        Raises the reason why it cannot be said once `until` is true, and HistoryGone at once.
        """
        last = partial(word, self._job.id, self._owner, *more)
        while True:
            try:
                while self._waiting:
                    self._waiting[0]()  # whose job it is, the last word finds out
                    self._waiting.pop(0)
                answer = last()
            except VideoAiError as error:
                self._trouble(error)
                if until() or isinstance(error, HistoryGone):
                    raise
                time.sleep(PAUSE_SECONDS)
            else:
                self._trouble(None)
                return answer

    def _catch_up(self) -> bool:
        while self._waiting:
            if not self._try(self._waiting[0]):
                return False
            self._waiting.pop(0)
        return True

    def _try(self, word: Callable[[], object]) -> bool:
        """Whether it could be said."""
        if time.monotonic() < self._next:
            return False
        try:
            ours = word()
        except VideoAiError as error:
            self._next = time.monotonic() + PAUSE_SECONDS
            self._trouble(error)
            return False
        self._trouble(None)
        if not ours:
            raise JobConflict(
                say("Another program has taken over job {id}.", id=self._job.id),
                say("To see your videos: videoai jobs list"),
            )
        return True

    def _trouble(self, error: VideoAiError | None) -> None:
        why = None if error is None else error.message
        if why != self._told:
            self._told = why
            self._on_trouble(error)
