"""Runs a job to its end: starts the child, passes on what it says, survives its death, and knows what to do then."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace

from videoai import paths
from videoai.errors import EXIT_INTERRUPTED, JobConflict
from videoai.events import Event, Notice, OnEvent, Stage, Step
from videoai.jobs.eta import TimeLeft
from videoai.jobs.folder import tidy
from videoai.jobs.following import follow
from videoai.jobs.job import Job
from videoai.jobs.messages import Done, Failed, Heartbeat, Message, Planned
from videoai.jobs.owner import Owner
from videoai.jobs.runner import LocalRunner, Run, Runner
from videoai.jobs.store import JobStore
from videoai.jobs.task import Task
from videoai.language import say
from videoai.memory import deaths
from videoai.scrubbing import nameless

_ATTEND_SECONDS = 1.0
"""How often the lease is renewed and a cancellation looked for."""
_TERM_SECONDS, _KILL_SECONDS = 5.0, 10.0
"""After a request to cancel: the state is safe at any moment, so there is no need to wait for long."""


class Postponed(BaseException):
    """This program is to end, and the job to wait for the next one."""


class Supervisor:
    """Runs the jobs of a store. It may run in many processes at once: the store gives each job to one of them.

    `on_heartbeat` is called with the memory figures of a running child, by the id of its job. Once `stopping` is set,
    a running job is postponed.
    """

    def __init__(
        self,
        store: JobStore,
        *,
        runner: Runner | None = None,
        on_heartbeat: Callable[[str, Heartbeat], None] | None = None,
        stopping: threading.Event | None = None,
    ) -> None:
        self._store = store
        self._runner = runner or LocalRunner()
        self._owner = Owner.this_process()
        self._on_heartbeat = on_heartbeat
        self._stopping = stopping or threading.Event()

    def run(self, job_id: str, on_event: OnEvent) -> Job:
        """Run a queued job until it has ended, and return it as it is then.

        What `on_event` raises, or Ctrl-C, ends the child and leaves the job cancelled, to be resumed from its last
        step. If another program on this machine was faster to take the job, its run is followed instead.
        """
        while True:
            job = self._store.claim(self._owner, job_id)
            if job is None:
                job = follow(self._store, job_id, on_event)
            else:
                self._attempt(job, on_event)
                job = self._store.get(job_id)
            if job.state != "queued":
                return job
            # It died, or was given back, and may try once more, from its last step.

    def run_next(self, on_event: Callable[[str, Event], None]) -> bool:
        """Take the next queued job, if there is one, and run it once; whether there was one.

        A job that died and may try once more is in its old place in the queue afterwards. `on_event` gets the job's id
        too. Raises Postponed when `stopping` is set.
        """
        job = self._store.claim(self._owner)
        if job is None:
            return False
        self._attempt(job, lambda event: on_event(job.id, event))
        return True

    def _attempt(self, job: Job, on_event: OnEvent) -> None:
        watch = deaths.Watch.start()
        owner = job.owner or self._owner
        run = self._runner.start(paths.job_folder(job.id))
        if child := Owner.of(run.pid):
            self._store.computed_by(job.id, owner, child)
        talk = _Talk(self._store, owner, job, run, on_event, self._on_heartbeat)
        try:
            for message in run.messages(_ATTEND_SECONDS / 4):
                talk.hear(message)
                if self._stopping.is_set():
                    raise Postponed
        except Postponed:
            run.stop(signal.SIGKILL)  # the state is safe at any moment
            run.end()
            self._store.release(job.id, owner, crashed=False)
            raise
        except BaseException:
            run.stop(signal.SIGKILL)
            run.end()
            self._store.cancelled(job.id, owner)
            raise
        code, last_words = run.end()
        if talk.done is not None:
            done = talk.done
            if self._store.finish(job.id, owner, done.path, done.seconds, done.peak_bytes):
                tidy(job.id)
        elif talk.failed is not None:
            self._store.fail(job.id, owner, nameless(talk.failed.error, job.title))
        elif talk.cancelling and code in (EXIT_INTERRUPTED, -signal.SIGTERM, -signal.SIGKILL):
            self._store.cancelled(job.id, owner)
        else:
            self._bury(job, owner, watch.explain(code, last_words, talk.heartbeat, talk.sent), on_event)

    def _bury(self, job: Job, owner: Owner, death: deaths.Death, on_event: OnEvent) -> None:
        """After a death: once more from the last step, with a smaller plan if memory was the reason; never a loop."""
        reason = nameless({"code": death.kind, "message": death.message, "hint": death.hint}, job.title)
        if death.memory:
            if job.crash_count > 0:
                self._store.fail(job.id, owner, reason)
                return
            folder = paths.job_folder(job.id)
            replace(Task.read(folder), died=True).write(folder)
        released = self._store.release(job.id, owner, crashed=True, reason=reason)
        if released is not None and released.state == "queued":
            how = say("with a smaller plan") if death.memory else say("once more")
            on_event(
                Notice(
                    say("{death} It goes on from its last step, {how}.", death=death.message, how=how),
                    important=True,
                )
            )


class _Talk:
    """What one child has said so far."""

    def __init__(
        self,
        store: JobStore,
        owner: Owner,
        job: Job,
        run: Run,
        on_event: OnEvent,
        on_heartbeat: Callable[[str, Heartbeat], None] | None,
    ) -> None:
        self._store, self._owner, self._job, self._run = store, owner, job, run
        self._on_event, self._on_heartbeat = on_event, on_heartbeat
        self._left = TimeLeft()
        self._stage, self._step = Stage("start", 0), 0
        self._attended = 0.0
        self._asked: float | None = None
        self.done: Done | None = None
        self.failed: Failed | None = None
        self.heartbeat: deaths.Heartbeat | None = None
        self.sent: set[int] = set()

    @property
    def cancelling(self) -> bool:
        return self._asked is not None

    def hear(self, message: Message | None) -> None:
        """Take in a message, or that there was none for a while."""
        if isinstance(message, Stage):
            self._stage, self._step = message, 0
            self._left.stage(message.name, message.steps, time.monotonic())
        elif isinstance(message, Step):
            self._step = message.index
            self._left.step(message.index, time.monotonic())
        elif isinstance(message, Heartbeat):
            self.heartbeat = deaths.Heartbeat(message.rss, message.available, message.pressure, time.time())
            if self._on_heartbeat:
                self._on_heartbeat(self._job.id, message)
        elif isinstance(message, Done):
            self.done = message
        elif isinstance(message, Failed):
            self.failed = message
        elif isinstance(message, Planned):
            self._store.planned(self._job.id, self._owner, message.estimate)
            self._left.plan({stage["name"]: stage["seconds"] for stage in message.estimate["stages"]})
        elif isinstance(message, Notice):
            self._store.notice(self._job.id, self._owner, message.message)
        if isinstance(message, (Stage, Step, Notice)):
            self._on_event(message)
        if isinstance(message, Stage) or time.monotonic() - self._attended >= _ATTEND_SECONDS:
            self._attend()

    def _attend(self) -> None:
        now = self._attended = time.monotonic()
        ours = self._store.progress(
            self._job.id, self._owner, self._stage.name, self._step, self._stage.steps, self._left.seconds(now)
        )
        if not ours:
            raise JobConflict(
                say("The job {id} was taken over by another program.", id=self._job.id), say("See: videoai jobs list")
            )
        if self._asked is None and self._store.get(self._job.id).cancel_requested:
            self._asked = now
            self._run.cancel()
        if self._asked is not None:
            for number, after in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
                if now - self._asked >= after and number not in self.sent:
                    self.sent.add(number)
                    self._run.stop(number)
