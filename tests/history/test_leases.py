"""Leases: only the owner changes a job, and a lost owner's job is taken back, whatever the clocks do."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import closing

import psutil
import pytest

from tests.history.conftest import DAY, ME, REASON, add, dead_process, requeue_lost, running
from videoai.history import owner as owners
from videoai.history.folder import STATE
from videoai.history.leases import LEASE_SECONDS
from videoai.history.owner import Owner
from videoai.history.store import JobStore
from videoai.system import paths

SAY = {
    "progress": lambda store, id, owner: store.leases.progress(id, owner, "denoise", 1, 2),
    "computed_by": lambda store, id, owner: store.leases.computed_by(id, owner, {}),
    "planned": lambda store, id, owner: store.leases.planned(id, owner, {}),
    "notice": lambda store, id, owner: store.leases.notice(id, owner, "x"),
    "finish": lambda store, id, owner: store.leases.finish(id, owner, "x.mp4", {}, 1),
    "fail": lambda store, id, owner: store.leases.fail(id, owner, REASON),
    "release": lambda store, id, owner: store.leases.release(id, owner, True, REASON) is not None,
    "cancelled": lambda store, id, owner: store.leases.cancelled(id, owner),
}


def renew(store, job):
    return store.leases.progress(job.id, job.owner, "denoise", 1, 20, 5.0)


@pytest.mark.parametrize("say", SAY.values(), ids=SAY)
def test_only_the_owner_of_this_attempt_can_change_a_job(store, say):
    job = running(store)
    strangers = [
        dataclasses.replace(ME, pid=1),
        dataclasses.replace(ME, started="another"),
        dataclasses.replace(ME, boot_id="another"),
    ]
    store.leases.release(job.id, job.owner, crashed=False)
    again = store.leases.claim(ME)
    assert again.attempt == 2
    before = store.get(job.id)
    assert not any(say(store, job.id, owner) for owner in [*strangers, job.owner])
    assert store.get(job.id) == before
    assert say(store, job.id, again.owner)
    assert not say(store, "0" * 14, again.owner)


@pytest.mark.parametrize("say", SAY.values(), ids=SAY)
def test_nothing_changes_a_job_that_has_ended(store, say):
    job = running(store)
    store.leases.fail(job.id, job.owner, REASON)
    before = store.get(job.id)
    assert (before.state, before.reason) == ("failed", REASON)
    assert not say(store, job.id, ME)
    assert store.get(job.id) == before


def test_a_job_that_crashes_twice_has_failed_with_the_reason(store):
    job, other = add(store, 2)
    for crashes in (1, 2):
        claimed = store.leases.claim(ME)
        assert claimed.id == job.id, "it keeps its place"
        released = store.leases.release(job.id, claimed.owner, True, REASON)
        assert released.crash_count == crashes
        assert (released.state, released.reason) == (("queued", None) if crashes == 1 else ("failed", REASON))
    assert store.leases.claim(ME).id == other.id
    retried = store.retry(job.id)
    assert (retried.state, retried.crash_count, retried.reason, retried.attempt) == ("queued", 0, None, 2)


def test_giving_a_job_back_without_a_crash_does_not_count(store):
    add(store)
    for attempt in range(1, 6):
        job = store.leases.claim(ME)
        assert job.attempt == attempt
        assert store.leases.release(job.id, job.owner, crashed=False).state == "queued"
    assert store.get(job.id).crash_count == 0


def test_a_job_to_be_cancelled_is_not_queued_again_when_its_owner_is_lost(store):
    released, requeued = running(store), running(store, dead_process())
    for job in (released, requeued):
        store.cancel(job.id)
    assert store.leases.release(released.id, released.owner, True, REASON).state == "cancelled"
    assert [job.state for job in requeue_lost(store)] == ["cancelled"]
    assert store.get(requeued.id).reason is None


ELSEWHERE = dataclasses.replace(ME, namespace="pid:[1]")
"""Of another container on this machine: whether it lives cannot be told, so that its lease decides."""
FAR = dataclasses.replace(ME, boot_id="another", host="another")
"""Of another machine that shares the home over a network."""


@pytest.mark.parametrize("jump", [DAY, -DAY])
def test_a_clock_that_jumps_a_day_expires_no_lease_and_keeps_none_alive(store, clock, jump):
    job = running(store, ELSEWHERE)
    clock.wall_now += jump
    assert requeue_lost(store) == []
    clock.monotonic_now += LEASE_SECONDS - 1
    assert requeue_lost(store) == []
    assert renew(store, job)
    clock.monotonic_now += LEASE_SECONDS - 1
    assert requeue_lost(store) == []
    clock.monotonic_now += 2
    assert [requeued.state for requeued in requeue_lost(store)] == ["queued"]
    assert not renew(store, job)


def test_a_program_that_lives_here_keeps_its_job_however_long_it_is_silent(store, clock):
    """Stopped with Ctrl-Z, or waiting for another program that holds the database."""
    process = subprocess.Popen(["sleep", "60"])
    try:
        running(store, Owner.of(process.pid))
        os.kill(process.pid, signal.SIGSTOP)
        clock.monotonic_now += 100 * LEASE_SECONDS
        clock.wall_now += DAY
        assert requeue_lost(store) == []
    finally:
        process.kill()
        process.wait()
    assert [job.state for job in requeue_lost(store)] == ["queued"]


def test_of_another_machine_a_lease_is_lost_when_it_was_seen_not_to_be_renewed(store, clock):
    """Its clock says nothing here: that of this machine may have started long before, or a moment ago."""
    job = running(store, FAR)
    for moment in (-1e6, 1e6):
        clock.monotonic_now += moment
        assert requeue_lost(store) == []
        assert renew(store, job)
    assert requeue_lost(store) == []
    clock.monotonic_now += LEASE_SECONDS - 1
    assert requeue_lost(store) == []
    clock.monotonic_now += 2
    assert [requeued.state for requeued in requeue_lost(store)] == ["queued"]


def test_what_is_lost_is_shown_as_waiting_and_looking_changes_nothing(store):
    job = running(store, dead_process())
    before = store.get(job.id)
    assert store.leases.as_it_is(before).state == "queued"
    assert store.get(job.id) == before
    living = running(store)
    assert store.leases.as_it_is(living) is living


def test_a_crash_after_more_was_saved_is_a_first_one(store):
    job = add(store)
    state = paths.job_folder(job.id) / STATE
    state.parent.mkdir(parents=True)
    for step in range(5):
        state.write_bytes(b"x" * step)
        claimed = store.leases.claim(ME)
        assert store.leases.release(job.id, claimed.owner, True, REASON).crash_count == 1
    claimed = store.leases.claim(ME)
    assert store.leases.release(job.id, claimed.owner, True, REASON).state == "failed"


def test_the_clock_that_leases_use_is_the_same_in_every_process():
    before = time.monotonic()
    code = "import time; print(time.monotonic())"
    there = float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout)
    assert before <= there <= time.monotonic()


LOST = {
    "ended": (dead_process, "ended before it was done"),
    "pid reused": (lambda: dataclasses.replace(ME, started="12"), "ended before it was done"),
    "restarted": (lambda: dataclasses.replace(ME, boot_id="another"), "computer restarted"),
}


@pytest.mark.parametrize(("lost", "words"), LOST.values(), ids=LOST)
def test_a_job_whose_owner_is_lost_is_queued_once_and_fails_the_second_time(store, clock, lost, words):
    clock.wall_now = psutil.boot_time() - 1  # when it gave its last sign of life
    add(store)
    job = store.leases.claim(lost())
    store.leases.computed_by(job.id, job.owner, {"pid": 7})
    ended = []
    [requeued] = store.leases.requeue_lost(ended.append)
    assert (requeued.state, requeued.crash_count, requeued.reason, requeued.owner) == ("queued", 1, None, None)
    assert ended == [{"pid": 7}]
    assert requeue_lost(store) == []
    assert store.leases.claim(lost()).worker is None
    [requeued] = requeue_lost(store)
    assert (requeued.state, requeued.crash_count) == ("failed", 2)
    assert words in requeued.reason["message"]
    assert set(requeued.reason) == {"code", "message", "hint"}


def test_an_owner_of_another_boot_that_spoke_since_this_one_began_is_another_machine(store, clock):
    clock.wall_now = psutil.boot_time() + 1
    running(store, dataclasses.replace(ME, boot_id="another"))
    assert requeue_lost(store) == []


def test_a_lease_that_is_renewed_while_somebody_looks_for_lost_ones_is_not_taken(store, clock, monkeypatch):
    job = running(store)
    clock.monotonic_now += LEASE_SECONDS + 1
    looked = []

    def alive(self):
        looked.append(renew(store, job))
        return

    monkeypatch.setattr(Owner, "alive", alive)
    assert requeue_lost(store) == []
    assert looked == [True]
    assert store.get(job.id).state == "running"


def test_two_that_look_at_once_take_a_lost_job_once(store):
    add(store, 20)
    gone = dead_process()
    for _ in range(20):
        store.leases.claim(gone)
    found = []

    def look():
        with closing(JobStore(paths.database())) as mine:
            found.extend(job.id for job in requeue_lost(mine))

    threads = [threading.Thread(target=look) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == len(set(found)) == 20
    assert {job.crash_count for job in store.jobs()} == {1}


def test_an_owner_that_cannot_be_looked_at_is_left_to_its_lease(store, clock, monkeypatch):
    running(store)

    def refuse(pid):
        raise PermissionError(pid)

    monkeypatch.setattr(owners, "start_time", refuse)
    assert requeue_lost(store) == []
    clock.monotonic_now += LEASE_SECONDS + 1
    [requeued] = requeue_lost(store)
    assert requeued.state == "queued"
