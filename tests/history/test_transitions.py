"""Whatever is done in whatever order, the store agrees with a few lines that say what should happen."""

from __future__ import annotations

import dataclasses
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tests.history.conftest import ME, REASON, Clock, requeue_lost
from videoai.errors import JobConflict
from videoai.history.leases import LEASE_SECONDS
from videoai.history.search import queue_of
from videoai.history.store import JobStore

LOST = dataclasses.replace(ME, started="before")
ELSEWHERE = dataclasses.replace(ME, namespace="another")
"""In another container: whether it lives, its lease alone says. Who lives here keeps a job however long that is."""
KEEPERS = strategies.sampled_from([None, ME, LOST, ELSEWHERE])
NOBODY = dataclasses.replace(ME, pid=1)


@dataclass
class Expected:
    """What should be known of one job."""

    state: str = "queued"
    attempt: int = 0
    crashes: int = 0
    cancel: bool = False
    foreground: bool = False
    owner: object = None
    lease: float = 0

    def end(self, state):
        self.state, self.owner = state, None

    def give_up(self, crashed):
        self.crashes += crashed
        if self.cancel:
            self.end("cancelled")
        elif crashed and self.crashes >= 2:
            self.end("failed")
        elif not self.foreground:
            self.end("queued")
        elif crashed:
            self.state = "queued"  # and still its owner's
        else:
            self.end("stopped")

    @property
    def in_line(self):
        return self.state == "queued" and not self.foreground


class Transitions(RuleBasedStateMachine):
    def __init__(self):
        super().__init__()
        self.clock = Clock()
        self.folder = Path(tempfile.mkdtemp())
        self.store = JobStore(self.folder / "x.sqlite3", monotonic=self.clock.monotonic, wall=self.clock.wall)
        self.expected: dict[str, Expected] = {}
        self.queue: list[str] = []
        self.places: dict[str, int] = {}
        self.claims: list[tuple[str, object]] = []
        self.version = 0

    def teardown(self):
        self.store.close()
        shutil.rmtree(self.folder)

    def pick(self, data):
        return data.draw(strategies.sampled_from(list(self.expected))) if self.expected else None

    def requeue(self, id):
        """Among those that wait, by the place it had."""
        self.queue.append(id)
        self.queue.sort(key=self.places.__getitem__)

    def last(self):
        taken = [
            self.places[other]
            for other, job in self.expected.items()
            if job.state in ("queued", "running") and other in self.places
        ]
        return max(taken, default=0) + 1

    def wait(self, id, keeper):
        """In line, or for a keeper."""
        self.places[id] = self.last()
        expected = self.expected[id]
        expected.state, expected.foreground, expected.owner = "queued", keeper is not None, keeper
        expected.lease = self.clock.monotonic_now + LEASE_SECONDS
        if keeper is None:
            self.queue.append(id)

    @rule(keeper=KEEPERS)
    def add(self, keeper):
        id = self.store.add("photo.jpg", {}, keeper=keeper).id
        self.expected[id] = Expected()
        self.wait(id, keeper)

    @rule(owner=strategies.sampled_from([ME, LOST, ELSEWHERE]))
    def claim(self, owner):
        job = self.store.leases.claim(owner)
        assert (job.id if job else None) == (self.queue[0] if self.queue else None)
        if job:
            self.begun(job, owner, foreground=False)

    @rule(data=strategies.data(), owner=strategies.sampled_from([ME, LOST, ELSEWHERE]))
    def claim_one(self, data, owner):
        if id := self.pick(data):
            job = self.store.leases.claim(owner, id)
            assert (job is not None) == (self.expected[id].state in ("queued", "stopped"))
            if job:
                self.begun(job, owner, foreground=True)

    def begun(self, job, owner, *, foreground):
        if job.id in self.queue:
            self.queue.remove(job.id)
        expected = self.expected[job.id]
        expected.state, expected.owner, expected.foreground = "running", owner, foreground
        expected.attempt += 1
        expected.lease = self.clock.monotonic_now + LEASE_SECONDS
        self.claims.append((job.id, job.owner))

    @rule(
        data=strategies.data(),
        word=strategies.sampled_from(["progress", "finish", "fail", "cancelled", "release", "crash"]),
    )
    def say(self, data, word):
        """By any owner there ever was, or by one that never was."""
        if not self.claims:
            return
        id, owner = data.draw(strategies.sampled_from(self.claims))
        stranger = data.draw(strategies.booleans())
        expected = self.expected.get(id)
        mine = bool(expected and expected.state == "running" and expected.attempt == owner.claim and not stranger)
        by = NOBODY if stranger else owner
        done = {
            "progress": lambda: self.store.leases.progress(id, by, "denoise", 1, 20),
            "finish": lambda: self.store.leases.finish(id, by, "x.mp4", {}, None),
            "fail": lambda: self.store.leases.fail(id, by, REASON),
            "cancelled": lambda: self.store.leases.cancelled(id, by),
            "release": lambda: self.store.leases.release(id, by, crashed=False) is not None,
            "crash": lambda: self.store.leases.release(id, by, True, REASON) is not None,
        }[word]()
        assert done == mine
        if word == "progress":
            for job in self.expected.values():  # a sign of life for all that waits for it
                if job.state == "queued" and job.owner == by:
                    job.lease = self.clock.monotonic_now + LEASE_SECONDS
        if not mine:
            return
        if word == "progress":
            expected.lease = self.clock.monotonic_now + LEASE_SECONDS
        elif word in ("release", "crash"):
            expected.give_up(word == "crash")
            if expected.in_line:
                self.requeue(id)
        else:
            expected.end({"finish": "done", "fail": "failed", "cancelled": "cancelled"}[word])

    @rule(data=strategies.data())
    def cancel(self, data):
        if id := self.pick(data):
            self.store.cancel(id)
            expected = self.expected[id]
            if expected.state in ("queued", "stopped"):
                expected.end("cancelled")
                self.queue = [other for other in self.queue if other != id]
            elif expected.state == "running":
                expected.cancel = True

    @rule(data=strategies.data(), keeper=KEEPERS)
    def retry(self, data, keeper):
        if id := self.pick(data):
            expected = self.expected[id]
            if expected.state == "done":
                with pytest.raises(JobConflict):
                    self.store.retry(id)
                return
            self.store.retry(id, keeper=keeper)
            if expected.state in ("failed", "cancelled", "stopped"):
                self.wait(id, keeper)
                expected.crashes, expected.cancel = 0, False

    @rule(data=strategies.data())
    def remove(self, data):
        if id := self.pick(data):
            if self.expected[id].state == "running":
                with pytest.raises(JobConflict):
                    self.store.remove(id)
                return
            self.store.remove(id)
            del self.expected[id]
            self.queue = [other for other in self.queue if other != id]

    @rule(data=strategies.data())
    def move(self, data):
        if self.queue:
            id = data.draw(strategies.sampled_from(self.queue))
            before = data.draw(strategies.sampled_from([None, *self.queue]))
            self.store.move(id, before)
            if before != id:
                places = sorted(self.places[other] for other in self.queue)
                self.queue.remove(id)
                self.queue.insert(len(self.queue) if before is None else self.queue.index(before), id)
                self.places |= zip(self.queue, places, strict=True)

    @rule(seconds=strategies.sampled_from([1, LEASE_SECONDS - 1, LEASE_SECONDS + 1]), day=strategies.integers(-1, 1))
    def time_passes(self, seconds, day):
        self.clock.monotonic_now += seconds
        self.clock.wall_now += seconds + day * 86400

    @rule()
    def requeue_lost(self):
        lost = {
            id
            for id, job in self.expected.items()
            if job.owner and (job.owner is LOST or (job.owner is ELSEWHERE and job.lease < self.clock.monotonic_now))
        }
        assert {job.id for job in requeue_lost(self.store)} == lost
        for id in lost:
            self.expected[id].give_up(not self.expected[id].foreground)
            if self.expected[id].in_line:
                self.requeue(id)

    @invariant()
    def the_store_agrees(self):
        found = {job.id: job for job in self.store.jobs()}
        seen = {id: (job.state, job.attempt, job.crash_count) for id, job in found.items()}
        assert seen == {id: (job.state, job.attempt, job.crashes) for id, job in self.expected.items()}
        assert {id for id, job in found.items() if job.owner} == {id for id, job in self.expected.items() if job.owner}
        changes = self.store.changes(0)
        assert queue_of(self.store) == self.queue
        assert [found[id].queue_position for id in self.queue] == list(range(1, len(self.queue) + 1))
        assert {job.id for job in changes.jobs} == found.keys()
        assert changes.version >= self.version
        self.version = changes.version


TestTransitions = Transitions.TestCase
TestTransitions.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
