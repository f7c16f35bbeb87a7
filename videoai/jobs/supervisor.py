"""Runs a job to its end: starts the child, passes on what it says, survives its death, and knows what to do then."""

from __future__ import annotations

import logging
import signal
import stat
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Protocol

from videoai.errors import EXIT_INTERRUPTED, JobConflict, Postponed, VideoAiError, unforeseen
from videoai.events import Event, Notice, OnEvent
from videoai.history.folder import delete_leftovers
from videoai.history.job import QUEUED, Job
from videoai.history.leases import WORD_SECONDS
from videoai.history.owner import Owner
from videoai.history.store import JobStore
from videoai.history.task import Task
from videoai.jobs.follow import Listener, follow
from videoai.jobs.monitor import ATTEND_SECONDS, Monitor
from videoai.jobs.reporter import Reporter, Word
from videoai.jobs.runner import LocalRunner, Runner
from videoai.language import say, shown
from videoai.system import deaths, paths
from videoai.system.machine import Heartbeat
from videoai.system.messages import Done
from videoai.system.reasons import reason
from videoai.system.scrubbing import nameless

_PATIENCE_SECONDS = 120.0
"""How long a command tries to tell the history how its run ended; a program that stays tries until it is to stop."""

_log = logging.getLogger("videoai")


class Close(Protocol):
    """Reporter.close, until the supervisor has no more patience."""

    def __call__(self, word: Word, *more: object) -> object: ...


class Supervisor:
    """Runs the jobs of a store. It may run in many processes at once: the store gives each job to one of them.

    `on_heartbeat` is called with the memory figures of a running child, by the id of its job. `on_trouble` is told when
    the history cannot be written, and of None when it can again: the child goes on meanwhile. Once `stopping` is set, a
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
        """Run a queued job until it has ended, and return it as it is then.

        What `on_event` raises, or Ctrl-C, ends the child and leaves the job cancelled, to be resumed from its last
        step; Postponed leaves it queued. If another program on this machine was faster to take the job, its run is
        followed instead.
        """
        while True:
            try:
                job = self._store.claim(self._owner, job_id)
                if job is not None:
                    self._attempt(job, on_event, _after(_PATIENCE_SECONDS))
            except (KeyboardInterrupt, Postponed) as error:
                self._leave(job_id, error)
                raise
            job = follow(self._store, job_id, on_event) if job is None else self._store.get(job_id)
            if job.state != QUEUED:
                return job
            # It died, or was given back, and may try once more, from its last step.

    def _leave(self, job_id: str, error: BaseException) -> None:
        """A signal comes at any moment, also when the job is ours and nobody here knows it yet, or no more."""
        with suppress(VideoAiError):  # then it is as if this process had been killed
            if isinstance(error, Postponed):
                self._store.release(job_id, self._owner, False)
            else:
                self._store.cancelled(job_id, self._owner)

    def run_next(self, on_event: Callable[[str, Event], None]) -> bool:
        """Take the next queued job, if there is one, and run it once; whether there was one.

        A job that died and may try once more is in its old place in the queue afterwards. `on_event` gets the job's id
        too. Raises Postponed when `stopping` is set.
        """
        if not self._store.jobs([QUEUED], limit=1):
            return False
        job = self._store.claim(self._owner, patience=WORD_SECONDS)
        if job is None:
            return False
        self._attempt(job, lambda event: on_event(job.id, event), self._stopping.is_set)
        return True

    def _attempt(self, job: Job, on_event: OnEvent, until: Callable[[], bool]) -> None:
        """Run a claimed job once. The history is told how it ended, and tried again `until` that is true."""
        reporter = Reporter(self._store, job, job.owner or self._owner, self._on_trouble)
        close: Close = partial(reporter.close, until=until)
        listener = Listener(on_event)
        monitor = Monitor(reporter, self._store, job, listener, self._on_heartbeat)
        try:
            watch = deaths.Watch.start()
            ended = self._made(job, monitor)
        except BaseException as error:
            self._break_off(error, listener, close)
            raise
        if ended is None:
            close(self._store.fail, _gone().to_dict()["error"])
            return
        code, last_words = ended
        if monitor.done is not None:
            _finish(job, monitor.done, self._store, close)
        elif monitor.failed is not None:
            close(self._store.fail, nameless(monitor.failed.error, job.title))
        elif monitor.cancelling and code in (EXIT_INTERRUPTED, -signal.SIGTERM, -signal.SIGKILL):
            close(self._store.cancelled)
        else:
            self._bury(job, watch.explain(code, last_words, monitor.heartbeat, monitor.sent), on_event, close)

    def _made(self, job: Job, monitor: Monitor) -> tuple[int, str] | None:
        """Let a child make it, and how that ended: see Run.end. None if there is nothing that it could be made of."""
        folder = paths.job_folder(job.id)
        try:
            if not _is_there(folder):
                return None
        except OSError as error:
            raise _NotNow(
                say("The folder {folder} cannot be used: {reason}.", folder=folder, reason=reason(error)),
                say("The video waits. See that you may use that folder, and that its disk is there."),
            ) from error
        try:
            run = self._runner.start(folder)
        except OSError as error:
            raise _NotNow(
                say("No process could be started to make the video: {reason}.", reason=reason(error)),
                say("The video waits. Close some programs, or start VideoAi again."),
            ) from error
        try:
            monitor.begin(run)
            for message in run.messages(ATTEND_SECONDS / 4):
                monitor.hear(message)
                if self._stopping.is_set():
                    raise Postponed
            return run.end()
        except BaseException:
            run.stop(signal.SIGKILL)  # the state is safe at any moment
            run.end()
            raise

    def _break_off(self, error: BaseException, listener: Listener, close: Close) -> None:
        """Say what becomes of a claimed job that is not made because of `error`."""
        if isinstance(error, (Postponed, _NotNow)):
            close(self._store.release, False)
        elif listener.wanted(error):
            close(self._store.cancelled)
        elif not isinstance(error, JobConflict):  # a defect of ours: not for ever
            close(self._store.release, True, unforeseen(error).to_dict()["error"])

    def _bury(self, job: Job, death: deaths.Death, on_event: OnEvent, close: Close) -> None:
        """After a death: once more from the last step, with a smaller plan if memory was the reason; never a loop."""
        reason = nameless({"code": death.kind, "message": death.message, "hint": death.hint}, job.title)
        how = say("once more")
        if death.memory:
            try:
                folder = paths.job_folder(job.id)
                replace(Task.read(folder), died=True).write(folder)
                how = say("with a smaller plan")
            except VideoAiError as error:  # a full disk: then it is tried as it is
                _log.warning("%s %s", error.message, error.hint)
        released = close(self._store.release, True, reason)
        if isinstance(released, Job) and released.state == QUEUED:
            on_event(
                Notice(
                    say("{death} It goes on from its last step, {how}.", death=death.message, how=how),
                    important=True,
                )
            )


def _finish(job: Job, done: Done, store: JobStore, close: Close) -> None:
    try:
        ours = close(store.finish, done.path, done.seconds, done.peak_bytes)
    except VideoAiError as error:
        told = say("{message} The video is done: {path}", message=error.message, path=done.path)
        raise type(error)(told, error.hint) from error
    if not ours:
        return
    for left in delete_leftovers(job.id):
        _log.warning("%s could not be deleted: %s", left.path, shown(left.why))


class _NotNow(VideoAiError):
    """What a job needs cannot be had at this moment: it waits."""


def _gone() -> VideoAiError:
    return VideoAiError(
        say("What was kept of this video to make it is not there any more."),
        say("Start it again from the photo."),
    )


def _is_there(folder: Path) -> bool:
    """Raises OSError if that cannot be told, which Path.is_dir would take for a no in some versions of Python."""
    try:
        return stat.S_ISDIR(folder.stat().st_mode)
    except (FileNotFoundError, NotADirectoryError):
        return False


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
