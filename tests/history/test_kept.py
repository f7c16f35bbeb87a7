"""Frames that are kept of many jobs take no more than their bound; the oldest go first."""

from __future__ import annotations

import time

import pytest

from videoai.history import cleanup
from videoai.history.cleanup import bound_frames, clean_jobs
from videoai.history.erase import erase_everything, erase_job
from videoai.history.folder import delete_leftovers, kept_bytes
from videoai.history.job import new_id
from videoai.history.owner import Owner
from videoai.history.store import JobStore
from videoai.system import paths


@pytest.fixture
def store(own_home):
    store = JobStore(paths.database())
    yield store
    store.close()


def job(store: JobStore, hours_ago: float, *, done: bool = True, parts: int = 1) -> str:
    id = new_id(time.time() - 3600 * hours_ago)
    folder = paths.job_folder(id)
    folder.mkdir(parents=True)
    for part in range(1, parts + 1):
        (folder / f"frames-{part}.mkv").write_bytes(bytes(1000))
    (folder / "poster.jpg").write_bytes(b"x")
    store.add("photo.png", {"seed": 1}, None, id=id)
    if done:
        owner = store.leases.claim(Owner.this_process(), id).owner
        store.leases.finish(id, owner, "/nowhere/clip.mp4", {}, None)
    return id


@pytest.fixture
def bound(monkeypatch):
    monkeypatch.setattr(cleanup, "MOST_FRAME_BYTES", 3000)


@pytest.mark.parametrize("sweep", [bound_frames, lambda store: clean_jobs(store, time.time())])
def test_the_oldest_go_first_and_never_those_of_a_job_that_is_not_done(store, bound, sweep):
    waits = job(store, 9, done=False)
    old, parts, new = job(store, 8), job(store, 7, parts=2), job(store, 1)
    sweep(store)
    assert {id: kept_bytes(id) for id in (waits, old, parts, new)} == {waits: 1000, old: 0, parts: 0, new: 1000}
    assert (paths.job_folder(old) / "poster.jpg").exists()


def test_within_the_bound_nothing_goes(store, bound):
    jobs = [job(store, hours) for hours in (3, 2, 1)]
    bound_frames(store)
    assert [kept_bytes(id) for id in jobs] == [1000] * 3


def test_they_outlive_the_run_and_go_with_the_job(store):
    one, other = job(store, 2), job(store, 1)
    assert delete_leftovers(one) == []
    assert kept_bytes(one) == 1000
    erase_job(store, one, video=False)
    assert kept_bytes(one) == 0
    erase_everything(store)
    assert kept_bytes(other) == 0
