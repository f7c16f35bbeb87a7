"""Who listens to a run, and how: to one of this program, or following one that another program has begun."""

from __future__ import annotations

import time

from videoai.errors import Postponed, WriteFailed
from videoai.events import Event, Notice, OnEvent, Stage, Step
from videoai.history.job import RUNNING, Job
from videoai.history.store import JobStore
from videoai.jobs.runner import Runner
from videoai.language import say

_LOOK_SECONDS = 0.25


class Listener:
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


def follow(store: JobStore, job_id: str, on_event: OnEvent, runner: Runner) -> Job:
    """Pass on what the history says of the job until it no longer runs, and return it as it is then.

    It has ended, or waits again or is stopped because the program that ran it has. What `on_event` raises, or Ctrl-C,
    cancels the job; Postponed does not, nor does a history that cannot be used for a while: that is told, and it is
    looked at again. `runner` ends what a program that is lost has left.

    Raises JobUnknown if the job is removed meanwhile, HistoryDamaged, HistoryGone.
    """
    listener = Listener(on_event)
    try:
        return _followed(store, job_id, listener, runner)
    except BaseException as error:
        if listener.wanted(error):
            store.cancel(job_id)
        raise


def _followed(store: JobStore, job_id: str, on_event: OnEvent, runner: Runner) -> Job:
    job = store.get(job_id)
    if job.state == RUNNING:
        on_event(Notice(say("Another program has already started this video; here is its progress.")))
    stage, step, trouble = "", 0, ""
    while job.state == RUNNING:
        if job.stage and job.stage != stage:
            stage, step = job.stage, 0
            on_event(Stage(stage, job.total or 0))
        if job.step and job.step != step:
            step = job.step
            on_event(Step(step))
        time.sleep(_LOOK_SECONDS)
        try:
            store.leases.requeue_lost(runner.end_left_over)
            job = store.get(job_id)
            trouble = ""
        except WriteFailed as error:
            if error.message != trouble:
                trouble = error.message
                on_event(Notice(say("{message} VideoAi tries again.", message=error.message), important=True))
    return job
