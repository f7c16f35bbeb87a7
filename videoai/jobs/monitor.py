"""What a child says of its run, and what is made of that: the history hears of it, and the child of a cancel."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable

from videoai.events import Notice, OnEvent, Stage, Step
from videoai.history.job import Job
from videoai.history.owner import Owner
from videoai.history.store import JobStore
from videoai.jobs.eta import TimeLeft
from videoai.jobs.reporter import Reporter
from videoai.jobs.runner import Run
from videoai.language import say
from videoai.system.machine import Heartbeat
from videoai.system.messages import Done, Failed, Message, Planned

ATTEND_SECONDS = 1.0
"""How often the lease is renewed and a cancellation looked for."""
_TERM_SECONDS, _KILL_SECONDS = 5.0, 10.0
"""After a request to cancel: the state is safe at any moment, so there is no need to wait for long."""
STALLED_SECONDS = 60.0
"""After which a silent child is spoken of. A machine that swaps can stop a process for half a minute."""
_STILL_SECONDS = 5.0
"""Without a look at the child, after which it was this process that was stopped, or waited for somebody."""


class Monitor:
    """What one child has said so far."""

    def __init__(
        self,
        reporter: Reporter,
        store: JobStore,
        job: Job,
        on_event: OnEvent,
        on_heartbeat: Callable[[str, Heartbeat], None] | None,
    ) -> None:
        self._reporter, self._store, self._job = reporter, store, job
        self._on_event, self._on_heartbeat = on_event, on_heartbeat
        self._left = TimeLeft()
        self._stage, self._step = Stage("start", 0), 0
        self._attended = 0.0
        self._heard = self._listened = time.monotonic()
        self._asked: float | None = None
        self.done: Done | None = None
        self.failed: Failed | None = None
        self.heartbeat: Heartbeat | None = None
        self.sent: set[int] = set()

    @property
    def cancelling(self) -> bool:
        return self._asked is not None

    def begin(self, run: Run) -> None:
        """Note which process computes it."""
        self._run = run
        try:
            child = Owner.of(run.pid)
        except OSError:
            return  # the system does not say: then it cannot be found either, should it be left over
        if child is not None:
            self._reporter.tell(self._store.computed_by, child)

    def hear(self, message: Message | None) -> None:
        """Take in a message, or that there was none for a while."""
        now = time.monotonic()
        if message is not None or now - self._listened > _STILL_SECONDS:
            self._heard = now  # or it was this process that stood still: what was said meanwhile is heard next
        else:
            self._wonder(now)
        self._listened = now
        if isinstance(message, Stage):
            self._stage, self._step = message, 0
            self._left.stage(message.name, message.steps, now)
        elif isinstance(message, Step):
            self._step = message.index
            self._left.step(message.index, now)
        elif isinstance(message, Heartbeat):
            self.heartbeat = message
            if self._on_heartbeat:
                self._on_heartbeat(self._job.id, message)
        elif isinstance(message, Done):
            self.done = message
        elif isinstance(message, Failed):
            self.failed = message
        elif isinstance(message, Planned):
            self._reporter.tell(self._store.planned, message.estimate)
            self._left.plan({stage["name"]: stage["seconds"] for stage in message.estimate["stages"]})
        elif isinstance(message, Notice):
            self._reporter.tell(self._store.notice, message.message)
        if isinstance(message, (Stage, Step, Notice)):
            self._on_event(message)
        if isinstance(message, Stage) or now - self._attended >= ATTEND_SECONDS:
            self._attend(now)

    def _wonder(self, now: float) -> None:
        """It sends a heartbeat every two seconds: say so if there was none for long."""
        if now - self._heard >= STALLED_SECONDS:
            self._heard = now
            notice = say(
                "Nothing was heard from this video for a minute: the computer is short of memory, or very busy. "
                "It goes on as soon as it can."
            )
            self._reporter.tell(self._store.notice, notice)
            self._on_event(Notice(notice, important=True))

    def _attend(self, now: float) -> None:
        self._attended = now
        self._reporter.progress(self._stage.name, self._step, self._stage.steps, self._left.seconds(now))
        if self._asked is None and self._reporter.wants_cancel():
            self._asked = now
            self._run.cancel()
        if self._asked is not None:
            for number, after in ((signal.SIGTERM, _TERM_SECONDS), (signal.SIGKILL, _KILL_SECONDS)):
                if now - self._asked >= after and number not in self.sent:
                    self.sent.add(number)
                    self._run.stop(number)
