"""The queue as a whole: it rests until it is told to go on, and can be emptied."""

from __future__ import annotations

from contextlib import closing

from tests.history.conftest import ME, add
from videoai.history.line import clear, is_paused, pause
from videoai.history.search import queue_of
from videoai.history.store import JobStore
from videoai.system import paths


def test_while_it_rests_nobody_gets_a_job_of_it(store):
    first, second = add(store, 2)
    assert store.leases.claim(ME).id == first.id
    version = store.version()
    assert pause(store, True)
    assert store.version() > version, "whoever looks on hears of it"
    assert is_paused(store)
    with closing(JobStore(paths.database())) as another:  # as another program has it, or this one after a restart
        assert is_paused(another)
        assert another.leases.claim(ME) is None
    assert store.get(first.id).state == "running", "what runs goes on to its end"
    assert store.leases.finish(first.id, ME, "clip.mp4", {}, None)
    assert pause(store, False)
    assert store.leases.claim(ME).id == second.id


def test_to_say_it_twice_changes_nothing(store):
    assert not pause(store, False)
    assert pause(store, True)
    version = store.version()
    assert not pause(store, True)
    assert store.version() == version


def test_a_job_of_the_foreground_is_not_held(store):
    pause(store, True)
    kept = store.add("kept.jpg", {}, keeper=ME)
    asked = add(store)
    assert store.leases.claim(ME, kept.id).state == "running"
    assert store.leases.claim(ME, asked.id).state == "running", "nor one that somebody asks for by name"


def test_it_is_emptied_of_what_waits_in_line_alone(store):
    running, *waiting = add(store, 3)
    kept = store.add("kept.jpg", {}, keeper=ME)
    store.leases.claim(ME)
    store.move(waiting[1].id, before=waiting[0].id)
    assert clear(store) == [waiting[1].id, waiting[0].id]
    states = {job.id: job.state for job in store.jobs()}
    assert states == {running.id: "running", kept.id: "queued", **{job.id: "cancelled" for job in waiting}}
    assert queue_of(store) == clear(store) == []
    assert store.retry(waiting[0].id).state == "queued", "and each can wait again"
