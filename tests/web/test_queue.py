"""The queue as a whole: paused, gone on with, emptied, and how long all of it takes."""

from __future__ import annotations

import pytest

from tests.web.conftest import wait_until
from videoai.history.folder import STATE
from videoai.history.line import pause
from videoai.history.owner import Owner
from videoai.history.store import JobStore
from videoai.system import paths
from videoai.web.queue_state import QueueState


def test_paused_nothing_begins_until_it_goes_on(site):
    assert site.post("/api/queue", {"paused": True}).json() == {"queue": [], "paused": True, "seconds_left": 0}
    job = site.job()["id"]
    events = site.events()
    _, snapshot = events.until("snapshot")
    assert (snapshot["queue"], snapshot["paused"]) == ([job], True)
    wait_until(lambda: site.services.queue._paused)  # it has looked, and left it alone
    assert site.get(f"/api/jobs/{job}").json()["state"] == "queued"
    assert site.post("/api/queue", {"paused": False}).json()["paused"] is False
    assert events.until("queue", lambda data: not data["paused"])
    assert site.ended(job)["state"] == "done"
    events.close()


def test_a_server_that_starts_again_finds_it_paused_and_hears_when_another_program_lets_it_go_on(start, caplog):
    store = JobStore(paths.database())
    pause(store, True)
    site = start()
    job = site.job()["id"]
    assert site.get("/api/jobs").json()["paused"] is True
    wait_until(lambda: "The queue is paused" in caplog.text)
    pause(store, False)  # as videoai jobs continue does
    assert site.ended(job)["state"] == "done"
    assert "no longer paused" in caplog.text
    store.close()


def test_it_says_about_how_long_all_takes(idle):
    assert idle.get("/api/queue").json()["seconds_left"] == 0
    large = {"width": 1024, "height": 576, "frames": 25}
    idle.job(**large)
    one = idle.get("/api/queue").json()["seconds_left"]
    asked = {"settings": {"model": "draft", "seed": 1, **large}}
    assert one == pytest.approx(idle.post("/api/estimate", asked).json()["seconds"], abs=1)
    idle.job(**large, seed=2)
    listed = idle.get("/api/jobs").json()
    assert listed["seconds_left"] == pytest.approx(2 * one, abs=1)
    store = idle.services.store
    running = store.leases.claim(Owner.this_process())
    store.leases.progress(running.id, running.owner, "render", 1, 2, eta=100.0)
    assert idle.get("/api/queue").json()["seconds_left"] == pytest.approx(100 + one, abs=1), "its own pace counts"


def test_what_a_job_has_saved_takes_no_more_time(idle, monkeypatch):
    job = idle.job()["id"]
    monkeypatch.setattr(QueueState, "_estimate", lambda self, job: {"render": 100.0, "encode": 20.0})
    assert idle.get("/api/queue").json()["seconds_left"] == 120
    leases = idle.services.store.leases
    running = leases.claim(Owner.this_process())
    leases.progress(job, running.owner, "render", 15, 20, 25.0)
    leases.cancelled(job, running.owner)
    assert idle.post(f"/api/jobs/{job}/resume").json()["state"] == "queued"
    assert idle.get("/api/queue").json()["seconds_left"] == 120, "nothing is saved: it begins anew"
    (paths.job_folder(job) / STATE).write_bytes(b"after 15 steps")
    assert idle.get("/api/queue").json()["seconds_left"] == 45


def test_it_is_emptied_and_what_was_cancelled_can_wait_again(idle):
    jobs = [idle.job()["id"] for _ in range(3)]
    events = idle.events()
    events.until("snapshot")
    assert idle.ask("DELETE", "/api/queue").json() == {"cancelled": jobs}
    assert events.until("queue", lambda data: data["queue"] == [])
    events.close()
    assert [idle.get(f"/api/jobs/{job}").json()["state"] for job in jobs] == ["cancelled"] * 3
    assert idle.ask("DELETE", "/api/queue").json() == {"cancelled": []}
    for job in jobs:
        assert idle.post(f"/api/jobs/{job}/resume").json()["state"] == "queued"
    assert idle.get("/api/queue").json()["queue"] == jobs


@pytest.mark.parametrize("body", [{}, {"paused": None}, {"paused": 1}, {"paused": "yes"}, {"on": True}])
def test_what_says_nothing_is_refused_in_a_sentence(idle, body):
    answer = idle.post("/api/queue", body)
    assert answer.status_code == 400
    assert answer.json()["error"]["hint"]
    assert idle.get("/api/queue").json()["paused"] is False
