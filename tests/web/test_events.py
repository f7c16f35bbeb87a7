"""The stream: a snapshot, then everything that happens, once; nothing is lost over a break."""

from __future__ import annotations

import sqlite3
import sys
import threading
from contextlib import closing

import pytest
import requests

from tests.web.conftest import DRAFT, Events, wait_until
from tests.web.contract import validator
from videoai.errors import WriteFailed
from videoai.system import paths
from videoai.web import events as stream
from videoai.web.services import Options, Services


def test_a_run_is_told_from_its_beginning_to_its_end(site):
    events = site.events()
    assert events.response.headers["Content-Type"].startswith("text/event-stream")
    _, snapshot = events.until("snapshot")
    validator('{"$ref": "#/components/schemas/Snapshot"}').validate(snapshot)
    assert (snapshot["jobs"], snapshot["queue"]) == ([], [])
    job = site.job(frames=10, width=640, height=384)
    seen, numbers, memory, previews = [], [], [], set()
    for number, name, data in events:
        numbers.append(number)
        if name != "job":
            continue
        validator('{"$ref": "#/components/schemas/Job"}').validate(data)
        seen.append((data["state"], data["stage"]))
        previews.add(data["preview_url"])
        memory.append(data["memory"])
        if data["state"] == "done":
            break
    assert numbers == sorted(set(numbers))
    states = [state for state, _ in seen]
    assert states == sorted(states, key=["queued", "running", "done"].index)
    assert "frames" in [stage for _, stage in seen]
    assert any(each and each["rss"] > 10_000_000 for each in memory)
    assert len(previews) > 1
    # What it takes is of the moment: a run may still be there when its end is told.
    assert data | {"memory": None} == site.get(f"/api/jobs/{job['id']}").json() | {"memory": None}
    events.close()


def test_after_a_break_only_what_was_missed_is_told(idle):
    events = idle.events()
    number, _ = events.until("snapshot")
    job = idle.job()["id"]
    number, _ = events.until("job", lambda data: data["id"] == job)
    events.close()
    wait_until(lambda: idle.services.events.listeners == 0)
    idle.post(f"/api/jobs/{job}/cancel")
    other = idle.job()["id"]
    again = idle.events(headers={"Last-Event-ID": str(number)})
    told = []
    for _, name, data in again:
        assert name != "snapshot"
        told.append((name, data.get("id"), data.get("state")))
        if ("job", job, "cancelled") in told and ("job", other, "queued") in told:
            break
    again.close()


@pytest.mark.parametrize("last", ["1", "99999999999999999", "x", "-5", "9" * 30, "²"])
def test_who_comes_from_another_run_of_the_server_gets_a_snapshot(idle, last):
    events = idle.events(headers={"Last-Event-ID": last.encode()})
    events.until("snapshot")
    events.close()


def test_who_was_away_for_too_long_gets_a_snapshot(idle, monkeypatch):
    monkeypatch.setattr(stream, "KEPT", 2)
    events = idle.events()
    number, _ = events.until("snapshot")
    jobs = [idle.job()["id"] for _ in range(4)]
    events.until("job", lambda data: data["id"] == jobs[-1])
    events.close()
    again = idle.events(headers={"Last-Event-ID": str(number)})
    _, snapshot = again.until("snapshot")
    assert [job["id"] for job in snapshot["jobs"]] == sorted(jobs, reverse=True)
    again.close()


def test_what_is_removed_or_moved_is_told(idle):
    first, second = idle.job()["id"], idle.job()["id"]
    events = idle.events()
    assert events.until("snapshot")[1]["queue"] == [first, second]
    idle.post(f"/api/jobs/{second}/move", {"before": first})
    events.until("queue", lambda data: data["queue"] == [second, first])
    idle.ask("DELETE", f"/api/jobs/{first}")
    events.until("removed", lambda data: data == {"id": first})
    events.close()


def test_sixteen_can_listen_and_the_next_is_told_so(idle, monkeypatch):
    streams = [idle.events() for _ in range(stream.MOST_STREAMS)]
    for one in streams:
        one.until("snapshot")
    refused = idle.get("/api/events")
    assert (refused.status_code, refused.json()["error"]["code"]) == (503, "busy")
    assert refused.headers["Retry-After"]
    assert idle.get("/api/health").status_code == 200
    job = idle.job()["id"]
    for one in streams:
        one.until("job", lambda data: data["id"] == job)
    streams.pop().close()
    wait_until(lambda: idle.services.events.listeners < stream.MOST_STREAMS)
    last = idle.events()
    last.until("snapshot")
    for one in [*streams, last]:
        one.close()
    wait_until(lambda: idle.services.events.listeners == 0)


@pytest.fixture
def events():
    """Those of an app without a server, whose end would wait for them."""
    services = Services(Options())
    yield services.events
    wait_until(lambda: services.events._collector is None)
    services.close()


def listen(events):
    return events.listen(None, lambda: False, "en", device="phone")


def test_a_stream_that_ends_while_its_device_begins_another_holds_up_nobody(events):
    """Both know of it: the one that begins closes the oldest, at the moment at which that closes by itself."""
    streams = [listen(events) for _ in range(stream.MOST_OF_A_DEVICE)]
    closing = threading.Thread(target=streams[0].close, daemon=True)

    def waits():
        frame = sys._current_frames().get(closing.ident)
        return frame is not None and frame.f_code.co_name == "__enter__"

    def begin():
        with events._news:
            closing.start()
            wait_until(waits)
            listen(events).close()

    beginning = threading.Thread(target=begin, daemon=True)
    beginning.start()
    for thread in (beginning, closing):
        thread.join(20)
        assert not thread.is_alive(), "they wait for each other"
    assert events.listeners == stream.MOST_OF_A_DEVICE - 1
    for each in streams:
        each.close()
    assert events.listeners == 0


def test_a_page_that_is_reloaded_ends_no_other_of_its_device(events):
    open_page = listen(events)
    for _ in range(2 * stream.MOST_OF_A_DEVICE):
        listen(events).close()
    texts = iter(open_page)
    assert next(texts).startswith("retry")
    assert "event: snapshot" in next(texts)
    open_page.close()


@pytest.mark.slow
def test_a_trouble_that_began_or_ended_while_nobody_listened_is_told(idle, monkeypatch):
    monkeypatch.setattr(stream, "_MACHINE_IDLE_SECONDS", 0.5)  # what is told then finds that nobody listens
    queue = idle.services.queue
    for trouble in (WriteFailed("The disk is full.", "Free some space."), None):
        events = idle.events()
        number, _ = events.until("snapshot")
        number, _ = events.until("machine")
        events.close()
        wait_until(lambda: idle.services.events._collector is None)
        queue._note(trouble)
        again = idle.events(headers={"Last-Event-ID": str(number)})
        _, name, told = next(iter(again))  # before the machine, which each beginning tells
        assert (name, told) == ("trouble", {"trouble": trouble and {"message": trouble.message, "hint": trouble.hint}})
        again.close()
        wait_until(lambda: idle.services.events._collector is None)


def test_a_slow_listener_gets_the_last_of_each_and_holds_up_nobody(idle):
    events = idle.services.events
    job = idle.services.store.get(idle.job()["id"])
    begin = events._number
    for _ in range(100):
        events._tell_job(job)
    assert len(events._since(begin)) == 1
    assert events._since(begin)[0].number == begin + 100


def test_a_quiet_stream_says_that_it_lives(idle, monkeypatch):
    monkeypatch.setattr(stream, "HEARTBEAT_SECONDS", 0.0)
    with requests.get(f"{idle.url}/api/events", stream=True, timeout=20) as response:
        lines = response.iter_lines(chunk_size=1)
        assert next(lines) == b"retry: 2000"
        assert any(line == b":" for line in lines)


def test_stopping_the_server_ends_the_streams(start):
    site = start()
    events = site.events()
    events.until("snapshot")
    ended = threading.Event()

    def listen():
        list(events)
        ended.set()

    threading.Thread(target=listen).start()
    site.server.stop()
    assert ended.wait(20)
    events.close()


def test_a_job_of_another_program_is_told(idle, videoai):
    from tests.conftest import EXAMPLES

    events = idle.events()
    events.until("snapshot")
    assert videoai(EXAMPLES / "coffee.png", *(f"--{n}={v}" for n, v in DRAFT.items())).returncode == 0
    _, job = events.until("job", lambda data: data["state"] == "done")
    assert job["title"] == "coffee.png"
    events.close()


def test_the_machine_is_told_while_a_video_is_made(site):
    events: Events = site.events()
    events.until("snapshot")
    site.job(frames=10)
    _, machine = events.until("machine", lambda data: data["device"] == "cpu")
    validator('{"$ref": "#/components/schemas/Machine"}').validate(machine)
    assert 0 < machine["budget_bytes"] < machine["total_bytes"]
    events.close()


def test_what_stops_the_queue_is_shown_and_that_it_goes_on(site):
    events = site.events()
    job = site.job(frames=12, width=512, height=512)["id"]
    events.until("job", lambda data: data["state"] == "running")
    with closing(sqlite3.connect(paths.database(), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        _, told = events.until("trouble")
        assert "another program is using it" in told["trouble"]["message"]
        health = site.get("/api/health").json()
        assert (health["status"], health["trouble"]) == ("trouble", told["trouble"])
        assert site.get(f"/api/jobs/{job}").json()["state"] == "running"
    events.until("trouble", lambda data: data["trouble"] is None)
    assert site.get("/api/health").json()["status"] == "ok"
    assert site.ended(job)["state"] == "done"
    events.close()
