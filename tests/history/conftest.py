"""A store whose clocks are moved by hand, and ways to lose an owner."""

from __future__ import annotations

import subprocess
from contextlib import closing

import pytest

from videoai.history.owner import Owner
from videoai.history.store import JobStore
from videoai.system import paths

REASON = {"code": "not_finite", "message": "The numbers overflowed.", "hint": "Try 16 bits."}
ME = Owner.this_process()
DAY = 86400


class Clock:
    """Both clocks of a store, moved by hand."""

    def __init__(self):
        self.monotonic_now = 1000.0
        self.wall_now = 1.8e9

    def monotonic(self):
        return self.monotonic_now

    def wall(self):
        return self.wall_now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    with closing(JobStore(paths.database(), monotonic=clock.monotonic, wall=clock.wall)) as store:
        yield store


def add(store, count=1):
    jobs = [store.add(f"{index}.jpg", {"steps": 20}) for index in range(count)]
    return jobs if count > 1 else jobs[0]


def running(store, owner=ME):
    add(store)
    return store.leases.claim(owner)


def requeue_lost(store):
    return store.leases.requeue_lost(lambda worker: None)


def dead_process():
    """The owner that a process was, which has ended."""
    process = subprocess.Popen(["sleep", "60"])
    owner = Owner.of(process.pid)
    process.kill()
    process.wait()
    return owner
