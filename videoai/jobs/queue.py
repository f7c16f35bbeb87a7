"""Works through the queue in the background, one video after the other, for a program that stays."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from videoai.errors import Postponed, VideoAiError, unforeseen
from videoai.events import Event
from videoai.history.line import is_paused
from videoai.history.store import JobStore
from videoai.jobs.local import LocalRunner
from videoai.jobs.runner import Runner
from videoai.jobs.supervisor import Supervisor
from videoai.language import say, shown
from videoai.system.machine import Heartbeat

_LOOK_SECONDS = 0.5
"""How often other programs' new jobs are looked for. It reads one number."""
_LOST_SECONDS = 60.0
_PATIENCE_SECONDS = 5.0
"""Before trying again what the disk has refused."""

PAUSED = say("The queue is paused: no video in it begins. To continue it: videoai jobs continue")

_log = logging.getLogger("videoai")


class Queue:
    """A thread that runs the queued jobs of `store` unless they rest, and takes back those whose program has died.

    `on_change` is called, from that thread, whenever a run has said something. Several queues, of one program or of
    many, share the jobs.
    """

    def __init__(
        self, store: JobStore, *, on_change: Callable[[], None] | None = None, runner: Runner | None = None
    ) -> None:
        self._store = store
        self._runner = runner or LocalRunner()
        self._on_change = on_change or (lambda: None)
        self._stopping = threading.Event()
        self._awake = threading.Event()
        self._live: tuple[str, Heartbeat] | None = None
        self._trouble: VideoAiError | None = None
        self._paused = False
        self._supervisor = Supervisor(
            store, runner=self._runner, on_heartbeat=self._heard, on_trouble=self._note, stopping=self._stopping
        )
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

    @property
    def trouble(self) -> VideoAiError | None:
        """Why it cannot go on at the moment; None while it can."""
        return self._trouble

    def _work(self) -> None:
        seen, requeued = -1, -_LOST_SECONDS
        while not self._stopping.is_set():
            try:
                if time.monotonic() - requeued >= _LOST_SECONDS:
                    requeued = time.monotonic()
                    self._store.leases.requeue_lost(self._runner.end_left_over)
                version = self._store.version()
                if version != seen:
                    seen = version
                    self._heed_pause()
                    while self._supervisor.run_next(self._tell):
                        self._ended()
                    continue
                self._note(None)
            except Postponed:
                break
            except Exception as error:
                # The disk is full, no process can be started, or nobody has foreseen it: this thread lives on, and
                # the jobs stay as they are until that is over.
                self._note(error)
                self._live = None
                self._stopping.wait(_PATIENCE_SECONDS)
                seen = -1
            self._awake.wait(_LOOK_SECONDS)
            self._awake.clear()
        self._live = None

    def _heed_pause(self) -> None:
        """Write down that the queue rests, or goes on, for whoever wonders at the terminal why nothing happens."""
        before, self._paused = self._paused, is_paused(self._store)
        if self._paused and not before:
            _log.warning("%s", shown(PAUSED))
        elif before and not self._paused:
            _log.warning("%s", shown(say("The queue is no longer paused.")))

    def _note(self, error: Exception | None) -> None:
        """Keep why the queue cannot go on, for all to see, and write it down once."""
        now = error if error is None or isinstance(error, VideoAiError) else unforeseen(error)
        before, self._trouble = self._trouble, now
        if (now and now.message) == (before and before.message):
            return
        if now is None:
            _log.info("The queue goes on.")
        elif now is error:
            _log.warning("The queue cannot go on, and tries again: %s %s", now.message, now.hint)
        else:
            _log.error("The queue cannot go on, and tries again.", exc_info=error)
        self._on_change()

    def _tell(self, job_id: str, event: Event) -> None:
        self._on_change()

    def _ended(self) -> None:
        self._live = None
        self._on_change()

    def _heard(self, job_id: str, heartbeat: Heartbeat) -> None:
        self._live = (job_id, heartbeat)
        self._on_change()
