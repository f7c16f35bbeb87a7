"""The queue as a page shows it: what waits, whether it rests, and how long all of it will take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from videoai.errors import VideoAiError
from videoai.history import search
from videoai.history.job import RUNNING, Job
from videoai.history.line import is_paused
from videoai.history.source import Source
from videoai.history.store import JobStore
from videoai.memory.estimate import estimate
from videoai.resolving import recorded

_HOLDS_SECONDS = 60.0
"""An estimate is made anew after that: with each video that is done, more is known of this machine's speed."""


class QueueState:
    """For any number of threads. `budget` gives the bytes of memory that the next video may use."""

    def __init__(self, store: JobStore, budget: Callable[[], int]) -> None:
        self._store, self._budget = store, budget
        self._estimates: dict[str, tuple[float, float]] = {}  # by the job's id: when it was made, and the seconds

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of the web API. `seconds_left` is of what waits in line and what runs of it, in whole seconds,
        as if nothing rested."""
        queue = search.queue_of(self._store)
        running = [job for job in self._store.jobs([RUNNING]) if not job.foreground]
        left = sum(map(self._rest, running)) + sum(map(self._whole, queue))
        self._forget({*queue, *(job.id for job in running)})
        return {"queue": queue, "paused": is_paused(self._store), "seconds_left": round(left)}

    def _rest(self, job: Job) -> float:
        """Of a job that runs: by its own pace, once it has one."""
        return self._whole(job.id) if job.eta_seconds is None else job.eta_seconds

    def _whole(self, id: str) -> float:
        """All that a job takes."""
        now = time.monotonic()
        made, seconds = self._estimates.get(id, (-_HOLDS_SECONDS, 0.0))
        if now - made >= _HOLDS_SECONDS:
            seconds = self._estimate(id)
            self._estimates[id] = now, seconds
        return seconds

    def _estimate(self, id: str) -> float:
        try:
            job = search.one(self._store, id)
            source = job.origin.get("source")
            given = None if source is None else Source.from_dict(source).clip
            return estimate(recorded(job.settings), self._budget(), given=given).planned.seconds
        except VideoAiError:  # it was removed a moment ago, or cannot be made: that takes no time
            return 0.0

    def _forget(self, others: set[str]) -> None:
        """Keep nothing but of these."""
        for id in self._estimates.keys() - others:
            self._estimates.pop(id, None)
