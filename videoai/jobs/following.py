"""Watching a job that another program on this machine runs."""

from __future__ import annotations

import time

from videoai.errors import Postponed
from videoai.events import Notice, OnEvent, Stage, Step
from videoai.jobs.job import RUNNING, Job
from videoai.jobs.reaping import reap
from videoai.jobs.store import JobStore
from videoai.language import say

_LOOK_SECONDS = 0.25


def follow(store: JobStore, job_id: str, on_event: OnEvent) -> Job:
    """Pass on what the history says of the job until it no longer runs, and return it as it is then.

    It has ended, or waits again because the program that ran it has. What `on_event` raises, or Ctrl-C, cancels the
    job; Postponed does not. Raises JobUnknown if it is removed meanwhile.
    """
    job = store.get(job_id)
    if job.state == RUNNING:
        on_event(Notice(say("Another program has begun this video already; its progress follows.")))
    stage, step = "", 0
    try:
        while job.state == RUNNING:
            if job.stage and job.stage != stage:
                stage, step = job.stage, 0
                on_event(Stage(stage, job.total or 0))
            if job.step and job.step != step:
                step = job.step
                on_event(Step(step))
            time.sleep(_LOOK_SECONDS)
            reap(store)
            job = store.get(job_id)
    except Postponed:
        raise  # it is the other program's, which goes on
    except BaseException:
        store.cancel(job_id)
        raise
    return job
