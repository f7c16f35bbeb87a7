"""What people do with many clips: name them, keep some as favourites, look for some, take several along."""

from __future__ import annotations

import io
import sqlite3
import threading
import zipfile
from contextlib import closing
from datetime import date

import pytest
import requests

from tests.web.conftest import Events
from videoai.system import paths
from videoai.web.routes import clips_together


def ids_of(site, query=""):
    return [job["id"] for job in site.get(f"/api/jobs?{query}").json()["jobs"]]


@pytest.fixture
def many(start, gallery):
    """A server with so many clips: rows of their own, with the video of one, as nobody waits for fifty drafts."""

    def make(count):
        first = gallery.copy()
        with closing(sqlite3.connect(paths.database())) as history, history:
            names = [row[1] for row in history.execute("PRAGMA table_info(jobs)") if row[1] not in ("number", "id")]
            rest = ", ".join(names)
            for number in range(1, count):
                query = f"INSERT INTO jobs (id, {rest}) SELECT ?, {rest} FROM jobs WHERE id = ?"
                history.execute(query, (f"{first[:-3]}{number:03}", first))
        site = start()
        return site, ids_of(site, "limit=200")

    return make


def test_a_clip_is_renamed_and_starred_and_every_page_hears_of_it(site):
    job = site.job()
    with closing(site.events().response) as response:
        events = Events(response)
        events.until("snapshot")
        shown = site.ask(
            "PATCH", f"/api/jobs/{job['id']}", json={"title": "Grandma’s garden", "favourite": True}
        ).json()
        assert (shown["title"], shown["favourite"]) == ("Grandma’s garden", True)
        told = next(data for _, name, data in events if name == "job" and data["favourite"])
        assert told["title"] == "Grandma’s garden"
    assert site.ask("PATCH", f"/api/jobs/{job['id']}", json={"favourite": False}).json()["title"] == "Grandma’s garden"


@pytest.mark.parametrize(
    "body", [{}, {"title": " "}, {"title": "x" * 101}, {"title": 3}, {"favourite": 1}, {"state": ""}]
)
def test_what_is_no_name_changes_nothing(site, body):
    job = site.job()
    answer = site.ask("PATCH", f"/api/jobs/{job['id']}", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "bad_input")
    assert site.get(f"/api/jobs/{job['id']}").json()["title"] == job["title"]


def test_the_download_has_the_name_that_was_given(site, outputs):
    job = site.ended(site.job()["id"])
    there = f"{job['video_url']}?download=1"
    assert "coffee-draft-1.mp4" in site.get(there).headers["Content-Disposition"], "of an unnamed one, the file's"
    site.ask("PATCH", f"/api/jobs/{job['id']}", json={"title": "Caffè: l’alba/1.png"})
    sent = site.get(there).headers["Content-Disposition"]
    assert "filename*=UTF-8''Caff%C3%A8_%20l%E2%80%99alba_1.mp4" in sent
    assert [path.name for path in outputs.iterdir()] == ["coffee-draft-1.mp4"], "the file keeps its own"


def test_the_list_is_filtered(site):
    jobs = [site.ended(site.job(seed=seed)["id"])["id"] for seed in (1, 2)]
    site.ask("PATCH", f"/api/jobs/{jobs[0]}", json={"favourite": True})
    today = date.today().isoformat()
    assert ids_of(site, "favourite=true") == [jobs[0]]
    assert ids_of(site, "favourite=false&state=done") == [jobs[1]]
    assert ids_of(site, f"model=draft&since={today}&until={today}") == jobs[::-1]
    assert ids_of(site, "model=svd-xt") == ids_of(site, "until=2020-01-01") == []
    assert site.get("/api/jobs/kinds").json() == {
        "models": [{"model": "draft", "clips": 2}],
        "months": [{"month": today[:7], "clips": 2}],
    }
    for query in ("favourite=yes", "since=today", "until=20260331", "since=2026-02-30"):
        assert site.get(f"/api/jobs?{query}").status_code == 400


def test_a_snapshot_has_the_newest_of_each_list_and_says_whether_there_are_more(many):
    site, ids = many(60)
    with closing(sqlite3.connect(paths.database())) as history, history:
        history.execute("UPDATE jobs SET state = 'stopped' WHERE id = ?", (ids[-1],))
    with closing(site.events().response) as response:
        _, snapshot = Events(response).until("snapshot")
    states = [job["state"] for job in snapshot["jobs"]]
    assert (states.count("done"), states.count("stopped")) == (50, 1), "the oldest is among them"
    assert snapshot["more"] == {"done": True, "unfinished": False}


def test_fifty_clips_in_one_file_that_nobody_keeps_whole(many, outputs):
    site, ids = many(50)
    with requests.get(
        f"{site.url}/api/jobs/videos.zip", params={"ids": ",".join(ids)}, stream=True, timeout=60
    ) as sent:
        assert (sent.status_code, sent.headers["Content-Type"]) == (200, "application/zip")
        assert f"VideoAi {date.today()}.zip" in sent.headers["Content-Disposition"]
        assert "Content-Length" not in sent.headers, "it is made while it is sent"
        content = sent.content
    (video,) = outputs.glob("*.mp4")
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert names[:3] == ["coffee-draft-1.mp4", "coffee-draft-1 2.mp4", "coffee-draft-1 3.mp4"]
        assert len(set(names)) == 50
        assert {archive.read(name) for name in names} == {video.read_bytes()}
    assert not [path for path in paths.temporary().iterdir() if path.is_file()]


def test_several_have_to_be_named_and_to_be_there(many, outputs):
    site, ids = many(2)
    for asked in ("", ",", "x", ",".join(f"{number:014}" for number in range(201))):
        assert site.get(f"/api/jobs/videos.zip?ids={asked}").status_code == 400
    assert site.get(f"/api/jobs/videos.zip?ids={ids[0]},{'0' * 14}").status_code == 404
    for video in outputs.glob("*.mp4"):
        video.unlink()
    gone = site.get(f"/api/jobs/videos.zip?ids={ids[0]}")
    assert (gone.status_code, gone.json()["error"]["code"]) == (404, "not_found")


def test_a_few_take_several_along_at_once(many, monkeypatch):
    """Each of them holds one of the server's threads for as long as it takes."""
    site, (id,) = many(1)
    held, let_go = threading.Event(), threading.Event()

    def slowly(files):
        held.set()
        let_go.wait(30)
        yield b""

    monkeypatch.setattr(clips_together, "zipped", slowly)
    there = f"/api/jobs/videos.zip?ids={id}"
    waiting = [threading.Thread(target=site.get, args=(there,)) for _ in range(clips_together.MOST_AT_ONCE)]
    try:
        for thread in waiting:
            held.clear()
            thread.start()
            assert held.wait(30)
        assert site.get(there).status_code == 503
    finally:
        let_go.set()
    for thread in waiting:
        thread.join()
    assert site.get(there).status_code == 200
