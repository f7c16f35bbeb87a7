"""The stream of everything that happens: changes are collected once and told to all who listen.

What is kept is the last event of each thing there is news of, in order, each with a number that only grows. A
listener is no more than the number that it has seen last; who comes from an earlier run of the server, or was away
for so long that events have been dropped, gets a snapshot and goes on from there. The data of an event are made
when they are sent, for each listener in its language.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from videoai import own_presets
from videoai.catalogue import EXTRAS
from videoai.errors import Busy, VideoAiError
from videoai.history.job import DONE, QUEUED, RUNNING, UNFINISHED, Job
from videoai.history.search import Filter, page
from videoai.history.store import EVERYTHING, JobStore
from videoai.language import json_text, say, shown, speaking
from videoai.web.audience import answering, is_owner
from videoai.web.machine import MachineMonitor
from videoai.web.parameter_table import presets
from videoai.web.queue_state import QueueState
from videoai.web.serialiser import Serialiser

MOST_STREAMS = 16
"""Each holds one of the server's threads."""
MOST_BEFORE_NETWORK = 8
"""Of all who listen, for one more from the network: the others are left to the computer itself."""
MOST_OF_A_DEVICE = 3
"""Streams of one device of the network: as many pages."""

RETRY_MILLISECONDS = 2000
HEARTBEAT_SECONDS = 10.0
KEPT = 500
"""Events, so of as many jobs, about."""

_LOOK_SECONDS = 0.25
"""How often the history is asked whether anything changed, while somebody listens. It reads one number."""
_PAUSE_SECONDS = 0.1
"""A draft says more than anyone can read."""
_GONE_SECONDS = 0.5
"""How often a stream without news looks whether its listener is still there."""
_MACHINE_RUNNING_SECONDS, _MACHINE_IDLE_SECONDS = 2.0, 10.0
_NEWEST = 50
"""Of the clips that are done, and of those that came to nothing yet: older ones are asked for."""
_DONE, _UNFINISHED = Filter(states=[DONE]), Filter(states=UNFINISHED)

_log = logging.getLogger("videoai.web")


@dataclass(frozen=True, slots=True)
class _Event:
    number: int
    name: str
    make: Callable[[], dict[str, Any]]


class Events:
    """The events, their listeners, and the thread that collects them while there are any."""

    def __init__(
        self, store: JobStore, serialiser: Serialiser, machine: MachineMonitor, queue_state: QueueState
    ) -> None:
        self._store, self._serialiser, self._machine, self._queue_state = store, serialiser, machine, queue_state
        self._news = threading.Condition()
        self._last: dict[str, _Event] = {}
        # From the clock, so that no number of an earlier run of the server is taken for one of this run's.
        self._number = self._dropped = int(time.time() * 1000)
        self._streams: dict[threading.Event, str | None] = {}  # what ends each, and whose device it is for
        self._stopping = threading.Event()
        self._awake = threading.Event()
        self._collector: threading.Thread | None = None
        self._version = store.version()
        self._bin = [job.id for job in store.binned()]
        # Over the times too in which nobody listens: who comes back then is told only what has changed since.
        self._told_trouble: dict[str, str] | None = None
        self._presets = own_presets.stamp()
        self._told_queue: dict[str, Any] | None = None
        self._running: dict[str, tuple[Job, object]] = {}

    def listen(
        self,
        seen: int | None,
        is_gone: Callable[[], bool],
        language: str,
        most: int = MOST_STREAMS,
        device: str | None = None,
    ) -> Stream:
        """A stream, in `language` and for whom is answered now, who has `seen` the event of that number last.

        It ends when `is_gone` says so, or when a `device` of the network has begun newer ones: the older are those of
        pages that are closed, though nobody has said so.

        Raises Busy if `most` listen already.
        """
        ended = threading.Event()

        def has_ended() -> bool:
            return ended.is_set() or is_gone()

        with self._news:
            own = [] if device is None else [each for each, whose in self._streams.items() if whose == device]
            for each in own[: max(0, len(own) + 1 - MOST_OF_A_DEVICE)]:
                self._end(each)
            if len(self._streams) >= most:
                raise Busy(say("{count} pages are already connected.", count=most), say("Close some of them."))
            self._streams[ended] = device
            if self._collector is None and not self._stopping.is_set():
                self._collector = threading.Thread(target=self._collect, name="events", daemon=True)
                self._collector.start()
        return Stream(self._texts(seen, has_ended, language, is_owner()), lambda: self._end(ended))

    @property
    def listeners(self) -> int:
        """How many streams there are."""
        return len(self._streams)

    def wake(self) -> None:
        """Say that the history may have changed; without it, that is found out a moment later."""
        self._awake.set()

    def model_changed(self, id: str) -> None:
        """Say that there is news of a model, or of what is beside them."""
        name = "extra" if id in EXTRAS else "model"
        self._publish(name, f"{name} {id}", lambda: self._serialiser.model_or_extra(id))

    def stop(self) -> None:
        """End all streams."""
        self._stopping.set()
        self._awake.set()
        with self._news:
            self._news.notify_all()
            collector = self._collector
        if collector is not None:
            collector.join()

    def _end(self, stream: threading.Event) -> None:
        """Let it be heard no more, and count no more; once, however often this is said."""
        stream.set()
        with self._news:
            self._streams.pop(stream, None)

    def _publish(self, name: str, subject: str, make: Callable[[], dict[str, Any]]) -> None:
        """Tell of `subject`; what was told of it before is of no interest any more."""
        with self._news:
            self._number += 1
            self._last.pop(subject, None)
            self._last[subject] = _Event(self._number, name, make)
            if len(self._last) > KEPT:
                self._dropped = self._last.pop(next(iter(self._last))).number
            self._news.notify_all()

    def _begin_anew(self) -> None:
        """Nothing of what was told is true any more: each listener gets a snapshot."""
        self._running.clear()
        with self._news:
            self._number += 1
            self._last.clear()
            self._dropped = self._number
            self._news.notify_all()

    # What a listener gets.

    def _texts(self, seen: int | None, is_gone: Callable[[], bool], language: str, owner: bool) -> Iterator[str]:
        yield f"retry: {RETRY_MILLISECONDS}\n\n"
        said = time.monotonic()
        while not self._stopping.is_set() and not is_gone():
            news = self._since(seen)
            for event in news:
                seen = event.number
                with speaking(language), answering(owner=owner):
                    text = _text(event)
                yield text
            now = time.monotonic()
            if news:
                said = now
            elif now - said >= HEARTBEAT_SECONDS:
                said = now
                yield ":\n\n"

    def _since(self, seen: int | None) -> list[_Event]:
        """What came after `seen`, at once or in a moment; a snapshot, if not all of it is there any more."""
        with self._news:
            if seen is None or not self._dropped <= seen <= self._number:
                return [_Event(self._number, "snapshot", self._snapshot)]
            if self._number == seen and not self._stopping.is_set():
                self._news.wait(_GONE_SECONDS)
            return [event for event in self._last.values() if event.number > seen]

    def _snapshot(self) -> dict[str, Any]:
        """All that a page shows. Made after its number was taken: what happens meanwhile is told once more."""
        done, more_done = page(self._store, _DONE, limit=_NEWEST)
        unfinished, more_unfinished = page(self._store, _UNFINISHED, limit=_NEWEST)
        jobs = {job.id: job for job in [*self._store.jobs([QUEUED, RUNNING]), *done, *unfinished]}
        return {
            "jobs": [self._serialiser.job(job) for job in sorted(jobs.values(), key=lambda job: job.id, reverse=True)],
            "more": {"done": more_done, "unfinished": more_unfinished},
            **self._queue_state.to_dict(),
            "bin": self._serialiser.bin(),
            "models": self._serialiser.models(),
            "extras": self._serialiser.extras(),
            "machine": self._machine.to_dict(),
            "trouble": self._serialiser.trouble(),
            "presets": presets(),
        }

    # What is collected.

    def _collect(self) -> None:
        told_machine, machine_due, logged = dict[str, Any](), 0.0, ""
        while self._is_wanted():
            try:
                if (trouble := self._serialiser.trouble()) != self._told_trouble:
                    self._told_trouble = trouble
                    self._publish("trouble", "trouble", lambda: {"trouble": self._serialiser.trouble()})
                self._collect_jobs()
                self._collect_presets()
                if time.monotonic() >= machine_due:
                    pause = _MACHINE_RUNNING_SECONDS if self._running else _MACHINE_IDLE_SECONDS
                    machine_due = time.monotonic() + pause
                    with answering(owner=True):  # there is news if there is for one of them
                        machine = self._machine.to_dict()
                    if self._running or machine != told_machine:
                        told_machine = machine
                        self._publish("machine", "machine", self._machine.to_dict)
                logged = ""
            except VideoAiError as error:  # the disk refuses; it may do better in a while
                if str(error) != logged:  # once, not four times a second
                    logged = str(error)
                    _log.warning("The history cannot be read at the moment: %s", error)
            except Exception:  # nobody has foreseen it; without this thread no page would hear anything any more
                _log.exception("What happened could not be told.")
                self._stopping.wait(_MACHINE_IDLE_SECONDS)
            self._stopping.wait(_PAUSE_SECONDS)
            self._awake.wait(_LOOK_SECONDS)
            self._awake.clear()

    def _is_wanted(self) -> bool:
        with self._news:
            if self._streams and not self._stopping.is_set():
                return True
            self._collector = None
            return False

    def _collect_jobs(self) -> None:
        if self._store.version() != self._version:
            changes = self._store.changes(self._version)
            self._version = changes.version
            if EVERYTHING in changes.removed:
                self._begin_anew()
            for job_id in set(changes.removed) - {EVERYTHING}:
                self._running.pop(job_id, None)
                self._publish("removed", f"job {job_id}", lambda job_id=job_id: {"id": job_id})  # type: ignore[misc]
            for job in changes.jobs:
                self._tell_job(job)
            queue = self._queue_state.to_dict()
            if queue != self._told_queue:
                self._told_queue = queue
                self._publish("queue", "queue", lambda: queue)
            if changes.bin != self._bin:
                self._bin = changes.bin
                self._publish("bin", "bin", self._serialiser.bin)
        for job, life in list(self._running.values()):
            if self._serialiser.signs_of_life(job) != life:
                self._tell_job(job)

    def _collect_presets(self) -> None:
        if (stamp := own_presets.stamp()) != self._presets:  # by this server, another, or by hand
            self._presets = stamp
            self._publish("presets", "presets", lambda: {"presets": presets()})

    def _tell_job(self, job: Job) -> None:
        self._running.pop(job.id, None)
        if job.state == RUNNING:
            self._running[job.id] = job, self._serialiser.signs_of_life(job)
        self._publish("job", f"job {job.id}", lambda: self._serialiser.job(job))


class Stream:
    """What a response consists of. `close` is called however it ends, even before it began, and more than once too."""

    def __init__(self, texts: Iterator[str], close: Callable[[], None]) -> None:
        self._texts, self.close = texts, close

    def __iter__(self) -> Iterator[str]:
        return self._texts


def _text(event: _Event) -> str:
    data = json_text(shown(event.make()))
    return f"id: {event.number}\nevent: {event.name}\ndata: {data}\n\n"
