"""Works through the queue in the background, one video after the other, for a program that stays."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable

from videoai.errors import VideoAiError
from videoai.events import Event
from videoai.jobs.messages import Heartbeat
from videoai.jobs.runner import Runner
from videoai.jobs.store import JobStore
from videoai.jobs.supervisor import Postponed, Supervisor

_LOOK_SECONDS = 0.5
"""How often other programs' new jobs are looked for. It reads one number."""
_REAP_SECONDS = 60.0
_PATIENCE_SECONDS = 5.0
"""Before trying again what the disk has refused."""

_log = logging.getLogger("videoai")


class Queue:
    """A thread that runs the queued jobs of `store`, and takes back those whose program has died.

    `on_change` is called, from that thread, whenever a run has said something. Several queues, of one program or of
    many, share the jobs.
    """

    def __init__(
        self, store: JobStore, *, on_change: Callable[[], None] | None = None, runner: Runner | None = None
    ) -> None:
        self._store = store
        self._on_change = on_change or (lambda: None)
        self._stopping = threading.Event()
        self._awake = threading.Event()
        self._live: tuple[str, Heartbeat] | None = None
        self._runner = runner
        self._thread = threading.Thread(target=self._work, name="queue", daemon=True)

    def start(self) -> None:
        """Begin, with what an earlier program has left."""
        self._thread.start()

    def wake(self) -> None:
        """Say that there may be a new job; without it, it is found half a second later."""
        self._awake.set()

    def stop(self) -> None:
        """End the running job's process and let the job wait: the next program goes on with it. Takes a second."""
        self._stopping.set()
        self._awake.set()
        if self._thread.ident is not None:
            self._thread.join()

    def live(self, job_id: str) -> Heartbeat | None:
        """The memory figures of the running job, a few seconds old at most; None if it does not run here."""
        live = self._live
        return live[1] if live and live[0] == job_id else None

    def _work(self) -> None:
        supervisor = Supervisor(self._store, runner=self._runner, on_heartbeat=self._heard, stopping=self._stopping)
        seen, reaped = -1, -_REAP_SECONDS
        while not self._stopping.is_set():
            try:
                if time.monotonic() - reaped >= _REAP_SECONDS:
                    reaped = time.monotonic()
                    self._reap()
                version = self._store.version()
                if version != seen:
                    seen = version
                    while supervisor.run_next(self._tell):
                        self._ended()
                    continue
            except Postponed:
                break
            except (VideoAiError, OSError):
                # The disk is full, or no process can be started: the jobs stay as they are until that is over.
                _log.exception("The queue could not go on; it tries again.")
                self._live = None
                self._stopping.wait(_PATIENCE_SECONDS)
                seen = -1
            self._awake.wait(_LOOK_SECONDS)
            self._awake.clear()
        self._live = None

    def _reap(self) -> None:
        for job in self._store.reap():
            # A child ends with its supervisor; one that hangs must not compute beside the next attempt.
            if job.child and job.child.alive():
                os.kill(job.child.pid, signal.SIGKILL)

    def _tell(self, job_id: str, event: Event) -> None:
        self._on_change()

    def _ended(self) -> None:
        self._live = None
        self._on_change()

    def _heard(self, job_id: str, heartbeat: Heartbeat) -> None:
        self._live = (job_id, heartbeat)
        self._on_change()
