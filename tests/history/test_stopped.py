"""A job of the foreground waits for its own program, and is stopped without it: nobody else begins it unasked."""

from __future__ import annotations

import dataclasses
from contextlib import closing

import psutil
import pytest

from tests.history.conftest import ME, REASON, add, dead_process, requeue_lost
from videoai.errors import JobConflict
from videoai.history.database import Database
from videoai.history.erase import erase_everything
from videoai.history.leases import LEASE_SECONDS
from videoai.history.search import queue_of
from videoai.history.store import JobStore
from videoai.system import paths

ELSEWHERE = dataclasses.replace(ME, namespace="another")


def kept(store, keeper=ME):
    return store.add("photo.jpg", {}, keeper=keeper)


def test_what_waits_for_a_program_is_in_no_queue_and_nobody_else_takes_it(store):
    mine, theirs = kept(store), add(store)
    assert queue_of(store) == [theirs.id]
    assert (store.get(mine.id).queue_position, store.get(theirs.id).queue_position) == (None, 1)
    assert store.leases.claim(dead_process()).id == theirs.id
    assert store.leases.claim(ME) is None
    with pytest.raises(JobConflict, match="it waits for the program it was started in"):
        store.move(mine.id)
    begun = store.leases.claim(ME, mine.id)
    assert (begun.state, begun.foreground) == ("running", True)


@pytest.mark.parametrize("began", [False, True])
def test_without_its_program_it_is_stopped_and_no_crash(store, began):
    gone = dead_process()
    job = kept(store, gone)
    if began:
        store.leases.computed_by(job.id, store.leases.claim(gone, job.id).owner, {"pid": 7})
    assert store.leases.as_it_is(store.get(job.id)).state == "stopped", "who only looks sees it too"
    ended = []
    [stopped] = store.leases.requeue_lost(ended.append)
    assert (stopped.state, stopped.crash_count, stopped.reason, stopped.owner) == ("stopped", 0, None, None)
    assert ended == ([{"pid": 7}] if began else [])
    assert store.leases.claim(ME) is None, "no program that works through the queue begins it"
    assert requeue_lost(store) == []


def test_a_restart_of_the_computer_stops_it(store, clock):
    clock.wall_now = psutil.boot_time() - 1
    kept(store, dataclasses.replace(ME, boot_id="another"))
    assert [job.state for job in requeue_lost(store)] == ["stopped"]


def test_asked_to_end_it_is_stopped_and_after_a_crash_it_is_still_its_programs(store):
    job = kept(store)
    crashed = store.leases.release(job.id, store.leases.claim(ME, job.id).owner, True, REASON)
    assert (crashed.state, crashed.owner, crashed.crash_count) == ("queued", ME, 1)
    assert queue_of(store) == []
    stopped = store.leases.release(job.id, store.leases.claim(ME, job.id).owner, False)
    assert (stopped.state, stopped.owner, stopped.crash_count) == ("stopped", None, 1)


def test_what_waits_in_another_container_is_heard_of_with_what_runs_there(store, clock):
    runs, waits = kept(store, ELSEWHERE), kept(store, ELSEWHERE)
    owner = store.leases.claim(ELSEWHERE, runs.id).owner
    for _ in range(3):
        clock.monotonic_now += LEASE_SECONDS - 1
        assert store.leases.progress(runs.id, owner, "denoise", 1, 20)
        assert requeue_lost(store) == []
    clock.monotonic_now += LEASE_SECONDS + 1
    assert {job.id for job in requeue_lost(store)} == {runs.id, waits.id}
    assert [job.state for job in store.jobs()] == ["stopped"] * 2


@pytest.mark.parametrize("keeper", [None, ME])
def test_it_goes_on_when_a_person_says_so(store, keeper):
    job = kept(store, dead_process())
    requeue_lost(store)
    again = store.retry(job.id, keeper=keeper)
    assert (again.state, again.owner, again.foreground) == ("queued", keeper, keeper is not None)
    assert queue_of(store) == ([job.id] if keeper is None else [])


def test_it_can_be_cancelled_and_removed(store):
    one, other = kept(store, dead_process()), kept(store, dead_process())
    requeue_lost(store)
    assert store.cancel(one.id).state == "cancelled"
    for job in (one, other):
        with store.at_rest(job.id):
            pass
        store.remove(job.id)
    assert store.jobs() == []


def test_all_that_waits_for_one_call_ends_at_once(store):
    jobs = [kept(store) for _ in range(3)]
    store.leases.claim(ME, jobs[0].id)
    store.end_waiting([job.id for job in jobs[:2]], "stopped")
    assert [job.state for job in reversed(store.jobs())] == ["running", "stopped", "queued"]
    assert store.get(jobs[1].id).owner is None


def test_forgetting_everything_takes_what_is_stopped_and_what_waits(store):
    kept(store, dead_process())
    requeue_lost(store)
    kept(store)
    assert erase_everything(store).jobs == 2
    assert store.jobs() == []


def test_in_a_copy_of_the_history_nobody_has_anything_in_hand(store):
    kept(store), store.leases.claim(ME, kept(store).id), add(store), store.leases.claim(ME)
    store.leases.forget_owners()
    assert [(job.state, job.owner) for job in reversed(store.jobs())] == [
        ("stopped", None),
        ("stopped", None),
        ("queued", None),
    ]


def test_no_row_says_what_cannot_be(store):
    """Whoever writes the next statement is told by the table itself."""
    kept(store)
    wrong = ("state = 'stopped'", "owner_pid = NULL, lease_until = NULL", "foreground = 0", "lease_until = NULL")
    with closing(Database(paths.database())) as database:
        for change in wrong:
            with pytest.raises(Exception, match="CHECK constraint failed"), database.writing() as connection:
                connection.execute(f"UPDATE jobs SET {change}")
    with closing(JobStore(paths.database())) as again:
        again.check()
