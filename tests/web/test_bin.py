"""The bin through the web: what is deleted lies there, and every page hears of it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from videoai.history.folder import PUBLISHED
from videoai.system import paths


def test_what_is_deleted_lies_in_the_bin_with_its_video_and_comes_back(done, site, outputs):
    events = site.events()
    assert events.until("snapshot")[1]["bin"] == {"count": 0, "bytes": 0}
    put = site.ask("DELETE", f"/api/jobs/{done}")
    assert put.status_code == 200
    assert events.until("removed")[1] == {"id": done}
    told = events.until("bin")[1]
    assert (told["count"], site.get("/api/jobs").json()["jobs"]) == (1, [])
    found = site.get("/api/bin").json()
    (row,) = found["jobs"]
    assert (row["job"]["id"], row["bytes"], found["bytes"]) == (done, told["bytes"], told["bytes"])
    assert row["until"] == put.json()["until"]
    binned = datetime.fromisoformat(row["job"]["binned"])
    assert datetime.fromisoformat(row["until"]) - binned == timedelta(days=7)
    (video,) = outputs.iterdir()
    assert row["bytes"] > video.stat().st_size
    assert site.get(row["job"]["poster_url"]).status_code == 200, "the bin shows it"
    back = site.post(f"/api/jobs/{done}/restore")
    assert (back.status_code, back.json()["state"], back.json()["binned"]) == (200, "done", None)
    assert events.until("job")[1]["id"] == done
    assert events.until("bin")[1] == {"count": 0, "bytes": 0}
    assert site.get(back.json()["video_url"]).status_code == 200
    assert site.post(f"/api/jobs/{done}/restore").status_code == 200, "another page was faster"
    events.close()


@pytest.mark.parametrize(
    ("verb", "body"),
    [("resume", None), ("retry", None), ("finish", {"settings": {"loop": "boomerang"}}), ("continue", {"frame": 0})],
)
def test_nothing_is_made_of_what_is_in_the_bin(done, idle, verb, body):
    idle.ask("DELETE", f"/api/jobs/{done}")
    refused = idle.post(f"/api/jobs/{done}/{verb}", body)
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "job_conflict")
    assert "is in the bin" in refused.json()["error"]["message"]


def test_one_is_deleted_at_once_and_the_others_by_emptying_it(site, outputs):
    first, second = (site.ended(site.job(seed=seed)["id"])["id"] for seed in (1, 2))
    for id in (first, second):
        site.ask("DELETE", f"/api/jobs/{id}")
    assert len(list(outputs.iterdir())) == 2
    assert site.ask("DELETE", f"/api/jobs/{first}?forever=1").status_code == 204
    assert site.get(f"/api/jobs/{first}").status_code == 404
    assert [path.name for path in outputs.iterdir()] == ["coffee-draft-2.mp4"]
    assert site.post("/api/bin/empty", {}).json() == {"jobs": [second]}
    assert list(outputs.iterdir()) == []
    assert site.get("/api/bin").json() == {"jobs": [], "bytes": 0}


def test_what_the_disk_does_not_let_go_of_stays_in_the_bin(done, idle):
    idle.ask("DELETE", f"/api/jobs/{done}")
    note = paths.job_folder(done) / PUBLISHED
    kept = note.read_bytes()
    note.unlink()
    note.symlink_to(note.name)  # nobody can tell where the video is
    refused = idle.post("/api/bin/empty")
    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_deleted")
    assert len(idle.get("/api/bin").json()["jobs"]) == 1
    note.unlink()
    note.write_bytes(kept)
    assert idle.post("/api/bin/empty").json() == {"jobs": [done]}
