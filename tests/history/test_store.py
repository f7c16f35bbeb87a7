"""The queue: who gets which job, when it is taken back, and that nobody else can change it."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from tests.conftest import ROOT
from tests.history.conftest import DAY, ME, REASON, add, requeue_lost, running
from videoai.errors import JobConflict, JobUnknown, WriteFailed
from videoai.history.folder import STATE
from videoai.history.job import new_id
from videoai.history.owner import Owner
from videoai.history.search import queue_of
from videoai.history.store import JobStore
from videoai.system import paths


def test_a_new_job_waits_with_all_that_was_given(store):
    job = store.add("my cat.jpg", {"steps": 20, "focus": (0.5, 1)}, {"preset": "safety"}, notices=["It was cropped."])
    assert (job.state, job.title, job.attempt, job.crash_count, job.queue_position) == ("queued", "my cat.jpg", 0, 0, 1)
    assert job.settings == {"steps": 20, "focus": [0.5, 1]}
    assert (job.origin, job.notices) == ({"preset": "safety"}, ["It was cropped."])
    assert store.get(job.id) == job
    shown = json.loads(json.dumps(job.to_dict()))
    assert shown["created"] == "2027-01-15T08:00:00+00:00"
    assert {"owner", "child", "lease_until"}.isdisjoint(shown)


def test_ids_sort_by_time_and_can_be_chosen_before_the_job_is_there(store):
    ids = [new_id(second) for second in (0, 1, 1.8e9, 1.8e9 + 1, 4e9)]
    assert ids == sorted(ids)
    assert {len(id) for id in ids} == {14}
    # Of 33 million in the same millisecond: that two of a hundred are the same happens once in seven thousand runs.
    assert len({new_id(1.8e9) for _ in range(100)}) == 100
    assert store.add("a.jpg", {}, id=ids[2]).id == ids[2]


def test_a_job_is_found_by_what_only_its_id_begins_with(store, clock):
    first = add(store)
    clock.wall_now += 3600
    second = add(store)
    assert store.get(second.id[:6]).id == second.id
    with pytest.raises(JobUnknown, match="Several jobs begin with"):
        store.get(first.id[:2])
    for nothing in ("", "zzzz", "%", "_", first.id + "0", "../x", "~"):
        with pytest.raises(JobUnknown, match="There is no job"):
            store.get(nothing)


def test_nothing_is_changed_by_a_part_of_an_id(store):
    job = add(store)
    for change in (store.cancel, store.retry, store.move, store.remove):
        with pytest.raises(JobUnknown):
            change(job.id[:6])
    assert store.get(job.id[:6]) == job


def test_jobs_are_listed_newest_first_whatever_the_clock_does(store, clock):
    first = add(store)
    clock.wall_now -= DAY
    second = add(store)
    store.leases.claim(ME)
    assert [job.id for job in store.jobs()] == [second.id, first.id]
    assert [job.id for job in store.jobs(limit=1)] == [second.id]
    assert [job.id for job in store.jobs(["running", "done"])] == [first.id]
    assert store.jobs([]) == []


def test_jobs_are_claimed_in_order_or_by_name(store):
    first, second, third = add(store, 3)
    assert store.leases.claim(ME, third.id).id == third.id
    assert store.leases.claim(ME, third.id) is None
    claimed = store.leases.claim(ME)
    assert (claimed.id, claimed.state, claimed.attempt, claimed.owner) == (first.id, "running", 1, ME)
    assert store.leases.claim(ME).id == second.id
    assert store.leases.claim(ME) is None


def test_a_queued_job_can_be_moved(store):
    a, b, c, d = (job.id for job in add(store, 4))

    def queue():
        return [job.id for job in sorted(store.jobs(["queued"]), key=lambda job: job.queue_position)]

    store.move(d, before=b)
    assert queue() == [a, d, b, c] == queue_of(store)
    assert [store.get(id).queue_position for id in (a, d, b, c)] == [1, 2, 3, 4]
    store.move(a)
    assert queue() == [d, b, c, a]
    store.move(b, before=b)
    assert queue() == [d, b, c, a]
    assert store.leases.claim(ME).id == d
    assert store.get(d).queue_position is None
    for id, before in ((d, b), (b, d)):
        with pytest.raises(JobConflict, match="is running"):
            store.move(id, before)


def test_the_life_of_a_job_that_is_done(store):
    job = running(store)
    child = Owner.of(os.getpid())
    assert store.leases.computed_by(job.id, job.owner, child.to_dict())
    assert store.leases.planned(job.id, job.owner, {"bits": 8})
    assert store.leases.notice(job.id, job.owner, "It streams.")
    assert store.leases.notice(job.id, job.owner, "It streams.")
    assert store.leases.progress(job.id, job.owner, "denoise", 3, 20, 61.5)
    now = store.get(job.id)
    assert (now.stage, now.step, now.total, now.eta_seconds) == ("denoise", 3, 20, 61.5)
    assert (now.plan, now.notices, now.worker) == ({"bits": 8}, ["It streams."], child.to_dict())
    assert store.leases.finish(job.id, job.owner, "/videos/cat.mp4", {"denoise": 4.5}, 3_000_000_000)
    done = store.get(job.id)
    assert (done.state, done.output, done.seconds) == ("done", "/videos/cat.mp4", {"denoise": 4.5})
    assert (done.peak_bytes, done.owner, done.lease_until, done.eta_seconds) == (3_000_000_000, None, None, None)
    with pytest.raises(JobConflict, match="is already done"):
        store.retry(job.id)
    assert store.cancel(job.id) == done


def test_cancelling(store):
    job = add(store)
    assert store.cancel(job.id).state == "cancelled"
    assert store.leases.claim(ME) is None
    assert store.retry(job.id).state == "queued"
    claimed = store.leases.claim(ME)
    asked = store.cancel(job.id)
    assert (asked.state, asked.cancel_requested) == ("running", True)
    assert store.leases.cancelled(job.id, claimed.owner)
    assert store.get(job.id).state == "cancelled"
    assert not store.retry(job.id).cancel_requested


def test_a_job_begins_anew_only_if_nobody_has_begun_it_meanwhile(store):
    """Another program has resumed it since it was seen to be cancelled."""
    job = running(store)
    steps = paths.job_folder(job.id) / STATE
    steps.parent.mkdir(parents=True)
    steps.write_bytes(b"steps")
    assert store.retry(job.id, anew=True).state == "running"
    assert steps.exists()
    store.leases.cancelled(job.id, job.owner)
    assert store.retry(job.id, anew=True).state == "queued"
    assert not steps.exists()


def test_only_a_job_that_does_not_run_can_be_removed(store):
    job = running(store)
    with pytest.raises(JobConflict, match="is running"):
        store.remove(job.id)
    store.leases.fail(job.id, job.owner, REASON)
    assert store.remove(job.id).id == job.id
    with pytest.raises(JobUnknown):
        store.remove(job.id)


# Event streams.


def test_every_change_is_counted_but_what_only_supervisors_look_at(store):
    seen = store.version()
    job = add(store)
    for change in (
        lambda: store.add("b.jpg", {}),
        lambda: store.move(job.id),
        lambda: store.leases.claim(ME, job.id),
        lambda: store.leases.progress(job.id, ME, "denoise", 1, 20, 3.0),
        lambda: store.leases.notice(job.id, ME, "x"),
        lambda: store.leases.planned(job.id, ME, {}),
        lambda: store.cancel(job.id),
        lambda: store.leases.cancelled(job.id, ME),
        lambda: store.retry(job.id),
        lambda: store.remove(job.id),
    ):
        assert store.version() > seen
        seen = store.version()
        change()
    assert store.version() > seen
    job = store.leases.claim(ME)
    seen = store.version()
    store.leases.computed_by(job.id, ME, ME.to_dict())
    requeue_lost(store)
    assert store.version() == seen


def test_changes_are_those_since_a_version(store):
    first, second, third = add(store, 3)
    seen = store.version()
    store.cancel(second.id)
    store.remove(third.id)
    changes = store.changes(seen)
    assert changes.version == store.version()
    assert [job.id for job in changes.jobs] == [second.id]
    assert (changes.removed, queue_of(store)) == ([third.id], [first.id])
    assert [job.id for job in store.changes(0).jobs] == [first.id, second.id]
    later = store.changes(changes.version)
    assert (later.jobs, later.removed) == ([], [])
    assert len(store.changes(changes.version + 100).jobs) == 2, "after the history was set aside"


def test_changes_by_another_process_are_seen(store):
    seen = store.version()
    with closing(JobStore(paths.database())) as other:
        job = other.add("a.jpg", {})
    assert store.version() > seen
    assert [changed.id for changed in store.changes(seen).jobs] == [job.id]


# Many at once.

SUPERVISOR = """
import sys, time
from pathlib import Path
from videoai.history.owner import Owner
from videoai.history.store import JobStore
store = JobStore(Path(sys.argv[1]))
job = store.leases.claim(Owner.this_process())
print(job.id, flush=True)
sys.stdin.read()
while job:
    time.sleep(0.001)  # the work, in which the other gets its turn
    assert store.leases.finish(job.id, job.owner, "x.mp4", {}, 1)
    job = store.leases.claim(Owner.this_process())
    if job:
        print(job.id, flush=True)
"""


def test_two_supervisors_never_get_the_same_job(store):
    expected = sorted(job.id for job in add(store, 200))
    command = [sys.executable, "-c", SUPERVISOR, str(paths.database())]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    both = [subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, **pipes) for _ in range(2)]
    claimed = [[process.stdout.readline().strip()] for process in both]  # both are there before the race begins
    for process in both:
        process.stdin.close()
    for process, ids in zip(both, claimed, strict=True):
        ids.extend(line.strip() for line in process.stdout)
        process.stdout.close()
        assert process.wait(60) == 0
    assert sorted(claimed[0] + claimed[1]) == expected
    assert {(job.state, job.attempt) for job in store.jobs()} == {("done", 1)}


def test_threads_can_share_a_store(store):
    add(store, 60)
    claimed = []

    def work():
        while job := store.leases.claim(ME):
            claimed.append(job.id)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(claimed) == len(set(claimed)) == 60


# A full disk.


def add_until_refused(store, ids):
    for _ in range(200):
        ids.append(add(store).id)


def fill(file):
    with open(file, "wb", buffering=0) as opened:
        while opened.write(b"x" * 512):
            pass


def test_a_disk_too_small_for_the_history_is_a_sentence(small_disk):
    with pytest.raises(WriteFailed, match=r"could not be written: the disk (is full|reported an error)") as error:
        JobStore(small_disk / "data" / "x.sqlite3")
    assert "space" in error.value.hint


def test_a_disk_that_fills_up_loses_nothing_and_goes_on_when_there_is_space(small_disk):
    subprocess.run(["mount", "-o", "remount,size=512k", str(small_disk)], check=True)
    with closing(JobStore(small_disk / "x.sqlite3")) as store:
        kept = [add(store).id for _ in range(3)]
        with pytest.raises(OSError, match="No space"):
            fill(small_disk / "ballast")
        with pytest.raises(WriteFailed, match="could not be written: the disk is full") as error:
            add_until_refused(store, kept)
        assert "space" in error.value.hint
        assert sorted(job.id for job in store.jobs()) == sorted(kept)
        (small_disk / "ballast").unlink()
        kept.append(add(store).id)
        assert sorted(job.id for job in store.jobs()) == sorted(kept)
    assert_whole(small_disk / "x.sqlite3", kept)


def assert_whole(path, ids):
    with closing(JobStore(path)) as store:
        assert sorted(job.id for job in store.jobs()) == sorted(ids)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
