"""What a run says, and what is made of that: the history hears of it, its folder gets what was made, a cancel is passed
on."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from videoai.engines.parts import parts_of
from videoai.errors import VideoAiError
from videoai.events import Notice, OnEvent, Stage, Step
from videoai.formats import is_frames_name
from videoai.history.folder import STATE
from videoai.history.job import Job
from videoai.history.leases import Leases
from videoai.history.publishing import is_encoded_name
from videoai.history.task import Submission
from videoai.jobs.artifacts import Artifact, receive
from videoai.jobs.eta import TimeLeft
from videoai.jobs.reporter import Reporter
from videoai.jobs.runner import Run, RunEvent
from videoai.language import say
from videoai.system import paths
from videoai.system.machine import Heartbeat
from videoai.system.messages import Planned

ATTEND_SECONDS = 1.0
"""How often the lease is renewed and a cancellation looked for."""
STALLED_SECONDS = 60.0
"""After which a silent run is spoken of. A machine that swaps can stop a process for half a minute."""
_STILL_SECONDS = 5.0
"""Without a look at the run, after which it was this process that was stopped, or waited for somebody."""

_log = logging.getLogger("videoai")


class Monitor:
    """Hears what one run of a job says."""

    def __init__(
        self,
        reporter: Reporter,
        leases: Leases,
        job: Job,
        on_event: OnEvent,
        on_heartbeat: Callable[[str, Heartbeat], None] | None,
    ) -> None:
        self._reporter, self._leases, self._job = reporter, leases, job
        self._on_event, self._on_heartbeat = on_event, on_heartbeat
        self._left = TimeLeft()
        self._stage, self._step = Stage("start", 0), 0
        self._reached: dict[str, int] = {}
        self._attended = 0.0
        self._heard = self._listened = time.monotonic()
        self._cancelled = False
        self._told_of_state = False
        self.video_trouble: VideoAiError | None = None
        """Why the video that was made could not be put into the folder of its job."""

    def begin(self, run: Run, wanted: Submission) -> None:
        """Note who computes it, and of what."""
        self._run, self._wanted = run, wanted
        if wanted.task.source is None:
            self._left = TimeLeft(len(parts_of(wanted.task.settings)))
        if run.worker is not None:
            self._reporter.tell(self._leases.computed_by, run.worker)

    def hear(self, event: RunEvent | None) -> None:
        """Take in what the run said, or that it said nothing for a while."""
        now = time.monotonic()
        if event is not None or now - self._listened > _STILL_SECONDS:
            self._heard = now  # or it was this process that stood still: what was said meanwhile is heard next
        else:
            self._wonder(now)
        self._listened = now
        if isinstance(event, Stage):
            # A clip of several parts comes to its stages again, and goes on there: it does not begin again.
            self._stage, self._step = event, self._reached.get(event.name, 0)
            self._left.stage(event.name, event.steps, now)
        elif isinstance(event, Step):
            self._step = self._reached[self._stage.name] = event.index
            self._left.step(event.index, now)
        elif isinstance(event, Heartbeat):
            if self._on_heartbeat:
                self._on_heartbeat(self._job.id, event)
        elif isinstance(event, Planned):
            self._plan(event)
        elif isinstance(event, Notice):
            self._reporter.tell(self._leases.notice, event.message)
        elif event is not None:
            self._receive(event)
        if isinstance(event, Stage | Step | Notice):
            self._on_event(event)
        if isinstance(event, Stage) or now - self._attended >= ATTEND_SECONDS:
            self._attend(now)

    def _plan(self, planned: Planned) -> None:
        """Note the plan for the next attempt, which goes on by it."""
        self._wanted = replace(self._wanted, task=replace(self._wanted.task, plan=planned.plan, died=False))
        try:
            self._wanted.write(paths.job_folder(self._job.id))
        except VideoAiError as error:  # a full disk: the next attempt makes a plan of its own
            _log.warning("%s %s", error.message, error.hint)
        self._reporter.tell(self._leases.planned, planned.estimate)
        self._left.plan({stage["name"]: stage["seconds"] for stage in planned.estimate["stages"]})

    def _receive(self, artifact: Artifact) -> None:
        """Where the disk refuses, the video may yet get its place; without it, what shows it is not missed."""
        try:
            receive(artifact, paths.job_folder(self._job.id))
        except VideoAiError as error:
            if is_encoded_name(artifact.name):
                self.video_trouble = error
            elif artifact.name == STATE and not self._told_of_state:
                self._told_of_state = True
                self.tell(say("{trouble} The video continues without saving its steps.", trouble=error.message))
            elif is_frames_name(artifact.name):
                self.tell(say("{trouble} The video continues, but its frames are not kept.", trouble=error.message))

    def tell(self, notice: str) -> None:
        """Pass a notice of our own on, as those of the run."""
        self._reporter.tell(self._leases.notice, notice)
        self._on_event(Notice(notice))

    def _wonder(self, now: float) -> None:
        """It sends a heartbeat every two seconds: say so if there was none for long."""
        if now - self._heard >= STALLED_SECONDS:
            self._heard = now
            notice = say(
                "This video has not responded for a minute: the computer is low on memory or very busy. It "
                "continues as soon as it can."
            )
            self._reporter.tell(self._leases.notice, notice)
            self._on_event(Notice(notice, important=True))

    def _attend(self, now: float) -> None:
        self._attended = now
        self._reporter.progress(self._stage.name, self._step, self._stage.steps, self._left.seconds(now))
        if not self._cancelled and self._reporter.wants_cancel():
            self._cancelled = True
            self._run.cancel()
