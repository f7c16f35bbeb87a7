"""Runs a job to its end: starts a run, passes on what it says, gives the video its name, and knows what to do after a
death."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Protocol

from videoai.errors import JobConflict, Postponed, VideoAiError, unforeseen
from videoai.events import Event, Notice, OnEvent
from videoai.history.cleanup import bound_frames
from videoai.history.folder import delete_leftovers
from videoai.history.job import QUEUED, STOPPED, Job
from videoai.history.leases import WORD_SECONDS
from videoai.history.line import is_paused
from videoai.history.owner import Owner
from videoai.history.search import queue_of
from videoai.history.store import JobStore
from videoai.history.task import Submission
from videoai.jobs.attempt import NotNow, Published, make
from videoai.jobs.follow import Listener, follow
from videoai.jobs.local import LocalRunner
from videoai.jobs.monitor import Monitor
from videoai.jobs.reporter import Reporter, Word
from videoai.jobs.runner import Cancelled, Runner
from videoai.language import say, shown
from videoai.system import paths
from videoai.system.deaths import Death
from videoai.system.machine import Heartbeat
from videoai.system.messages import Failed
from videoai.system.scrubbing import nameless

_PATIENCE_SECONDS = 120.0
"""How long a command tries to tell the history how its run ended; a program that stays tries until it is to stop."""

_log = logging.getLogger("videoai")


class Close(Protocol):
    """Reporter.close, until the supervisor has no more patience."""

    def __call__(self, word: Word, *more: object) -> object: ...


class Supervisor:
    """Runs the jobs of a store. It may run in many processes at once: the store gives each job to one of them.

    `on_heartbeat` is called with the memory figures of a run, by the id of its job. `on_trouble` is told when
    the history cannot be written, and of None when it can again: the run goes on meanwhile. Once `stopping` is set, a
    running job is postponed.
    """

    def __init__(
        self,
        store: JobStore,
        *,
        runner: Runner | None = None,
        on_heartbeat: Callable[[str, Heartbeat], None] | None = None,
        on_trouble: Callable[[VideoAiError | None], None] | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self._store = store
        self._runner = runner or LocalRunner()
        self._owner = Owner.this_process()
        self._on_heartbeat = on_heartbeat
        self._on_trouble = on_trouble or _log_trouble
        self._stopping = stopping or threading.Event()

    def run(self, job_id: str, on_event: OnEvent) -> Job:
        """Run a queued job in the foreground until it has ended, and return it as it is then.

        What `on_event` raises, or Ctrl-C, ends the run and leaves the job cancelled, to be resumed from its last
        step; Postponed leaves it stopped. If another program on this machine was faster to take the job, its run is
        followed instead, and taken over if that program ends.
        """
        while True:
            try:
                job = self._store.leases.claim(self._owner, job_id)
                if job is not None:
                    self._attempt(job, on_event, _after(_PATIENCE_SECONDS))
            except (KeyboardInterrupt, Postponed) as error:
                self._leave(job_id, error)
                raise
            job = follow(self._store, job_id, on_event, self._runner) if job is None else self._store.get(job_id)
            if job.state not in (QUEUED, STOPPED):
                return job
            # It died, or was given back, and may try once more, from its last step.

    def _leave(self, job_id: str, error: BaseException) -> None:
        """A signal comes at any moment, also when the job is ours and nobody here knows it yet, or no more."""
        with suppress(VideoAiError):  # then it is as if this process had been killed
            if isinstance(error, Postponed):
                self._store.leases.release(job_id, self._owner, False)
            else:
                self._store.leases.cancelled(job_id, self._owner)

    def run_next(self, on_event: Callable[[str, Event], None]) -> bool:
        """Take the next job in line, if there is one and the queue does not rest, and run it once; whether it did.

        A job that died and may try once more is in its old place in the queue afterwards. `on_event` gets the job's id
        too. Raises Postponed when `stopping` is set.
        """
        if is_paused(self._store) or not queue_of(self._store):
            return False
        job = self._store.leases.claim(self._owner, patience=WORD_SECONDS)
        if job is None:
            return False
        self._attempt(job, lambda event: on_event(job.id, event), self._stopping.is_set)
        return True

    def _attempt(self, job: Job, on_event: OnEvent, until: Callable[[], bool]) -> None:
        """Run a claimed job once. The history is told how it ended, and tried again `until` that is true."""
        reporter = Reporter(self._store, job, job.owner or self._owner, self._on_trouble)
        close: Close = partial(reporter.close, until=until)
        listener = Listener(on_event)
        monitor = Monitor(reporter, self._store.leases, job, listener, self._on_heartbeat)
        try:
            ended = make(job, monitor, self._runner, self._stopping)
        except BaseException as error:
            self._break_off(error, listener, close)
            raise
        if isinstance(ended, Published):
            _finish(job, ended, self._store, close)
        elif isinstance(ended, Failed):
            close(self._store.leases.fail, nameless(ended.error, job.title))
        elif isinstance(ended, Cancelled):
            close(self._store.leases.cancelled)
        else:
            self._bury(job, ended, on_event, close)

    def _break_off(self, error: BaseException, listener: Listener, close: Close) -> None:
        """Say what becomes of a claimed job that is not made because of `error`."""
        leases = self._store.leases
        if isinstance(error, Postponed | NotNow):
            close(leases.release, False)
        elif listener.wanted(error):
            close(leases.cancelled)
        elif not isinstance(error, JobConflict):  # a defect of ours: not for ever
            close(leases.release, True, unforeseen(error).to_dict()["error"])

    def _bury(self, job: Job, death: Death, on_event: OnEvent, close: Close) -> None:
        """After a death: once more from the last step, with a smaller plan if memory was the reason; never a loop."""
        reason = nameless({"code": death.kind, "message": death.message, "hint": death.hint}, job.title)
        how = say("with the same plan")
        if death.memory:
            try:
                folder = paths.job_folder(job.id)
                wanted = Submission.read(folder)
                replace(wanted, task=replace(wanted.task, died=True)).write(folder)
                how = say("with a plan that needs less memory")
            except VideoAiError as error:  # a full disk: then it is tried as it is
                _log.warning("%s %s", error.message, error.hint)
        released = close(self._store.leases.release, True, reason)
        if isinstance(released, Job) and released.state == QUEUED:
            on_event(
                Notice(
                    say("{death} The video continues from its last step, {how}.", death=death.message, how=how),
                    important=True,
                )
            )


def _finish(job: Job, published: Published, store: JobStore, close: Close) -> None:
    path, done = str(published.path), published.done
    try:
        ours = close(store.leases.finish, path, done.seconds, done.peak_bytes)
    except VideoAiError as error:
        told = say("{message} The video is done: {path}", message=error.message, path=path)
        raise type(error)(told, error.hint) from error
    if not ours:
        return
    for left in delete_leftovers(job.id):
        _log.warning("%s could not be deleted: %s", left.path, shown(left.why))
    with suppress(VideoAiError):  # the history cannot be read for a moment: after the next video, then
        bound_frames(store)


def _after(seconds: float) -> Callable[[], bool]:
    """Whether so many seconds have passed since it was asked first."""
    began: list[float] = []

    def passed() -> bool:
        began.append(time.monotonic())
        return began[-1] - began[0] >= seconds

    return passed


def _log_trouble(error: VideoAiError | None) -> None:
    if error is not None:
        _log.warning("%s %s", error.message, error.hint)
