"""The queue as a page shows it: what waits, whether it rests, and how long all of it will take."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from videoai.errors import VideoAiError
from videoai.history import search
from videoai.history.folder import has_steps
from videoai.history.job import QUEUED, RUNNING, Job
from videoai.history.line import is_paused
from videoai.history.source import Source
from videoai.history.store import JobStore
from videoai.jobs.eta import seconds_from
from videoai.memory.estimate import estimate
from videoai.resolving import recorded

_HOLDS_SECONDS = 60.0
"""An estimate is made anew after that: with each video that is done, more is known of this machine's speed."""


class QueueState:
    """For any number of threads. `budget` gives the bytes of memory that the next video may use."""

    def __init__(self, store: JobStore, budget: Callable[[], int]) -> None:
        self._store, self._budget = store, budget
        # By the job's id: when it was made, and the seconds of each stage.
        self._estimates: dict[str, tuple[float, dict[str, float]]] = {}

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of the web API. `seconds_left` is of what waits in line and what runs of it, in whole seconds,
        as if nothing rested."""
        queue = search.queue_of(self._store)
        jobs = [job for job in self._store.jobs([RUNNING, QUEUED]) if not job.foreground]
        left = sum(map(self._rest, jobs))
        self._forget({job.id for job in jobs})
        return {"queue": queue, "paused": is_paused(self._store), "seconds_left": round(left)}

    def _rest(self, job: Job) -> float:
        """Of a job that runs: by its own pace, once it has one. Of one that goes on: from what it has saved."""
        if job.eta_seconds is not None:
            return job.eta_seconds
        stages = self._stages(job)
        return seconds_from(stages, job) if has_steps(job.id) else sum(stages.values())

    def _stages(self, job: Job) -> dict[str, float]:
        """What each stage of a job takes, from its beginning."""
        now = time.monotonic()
        made, stages = self._estimates.get(job.id, (-_HOLDS_SECONDS, {}))
        if now - made >= _HOLDS_SECONDS:
            stages = self._estimate(job)
            self._estimates[job.id] = now, stages
        return stages

    def _estimate(self, job: Job) -> dict[str, float]:
        try:
            source = job.origin.get("source")
            given = None if source is None else Source.from_dict(source).clip
            planned = estimate(recorded(job.settings), self._budget(), given=given).planned
            return {stage.name: stage.seconds for stage in planned.stages}
        except VideoAiError:  # it cannot be made: that takes no time
            return {}

    def _forget(self, others: set[str]) -> None:
        """Keep nothing but of these."""
        for id in self._estimates.keys() - others:
            self._estimates.pop(id, None)
