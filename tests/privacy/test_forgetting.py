"""“Delete everything” deletes everything, and nothing else."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.privacy.conftest import DRAFT, command, run
from videoai.engines.draft import remembered
from videoai.errors import JobConflict
from videoai.history.erase import erase_everything, erase_job
from videoai.history.owner import Owner
from videoai.history.recovery import open_store
from videoai.history.task import write_photo
from videoai.media.fitted_photo import FittedPhoto
from videoai.system import paths


def traces(*words: bytes) -> list[str]:
    """The files of the home in which one of these is."""
    files = [path for path in paths.home().rglob("*") if path.is_file()]
    return [path.name for path in files if any(word in path.read_bytes() for word in words)]


@pytest.fixture
def made(photo, tmp_path, outputs):
    """Two videos of the command line, one of them changed since, and one given a name."""
    run(command(photo, photo, *DRAFT), tmp_path)
    run(command(photo, *DRAFT, "--output", tmp_path / "mine.mp4"), tmp_path)
    videos = sorted(outputs.iterdir())
    assert len(videos) == 2
    with videos[0].open("ab") as file:
        file.write(b"cut by somebody")
    (outputs / "holiday.mp4").write_bytes(b"another's")
    (paths.home() / "models").mkdir(exist_ok=True)
    (paths.home() / "models" / "kept.safetensors").write_bytes(b"weights")
    return videos


def test_everything_is_gone_but_what_is_not_ours(made, videoai, inside, tmp_path, outputs):
    assert traces(b"secret wedding")
    asked = inside("forget")
    assert asked.returncode == 2
    assert "--yes" in asked.stderr
    assert made[1].exists()
    done = videoai("forget", "--yes", "--json")
    assert json.loads(done.stdout) == {"jobs": 3, "videos": 2, "photos": 0, "kept": [str(made[0])], "left": []}
    assert sorted(path.name for path in outputs.iterdir()) == sorted([made[0].name, "holiday.mp4"])
    assert not (tmp_path / "mine.mp4").exists()
    assert traces(b"secret wedding", b"ann") == []
    assert not paths.jobs().exists()
    assert (paths.home() / "models" / "kept.safetensors").exists()
    assert json.loads(inside("jobs", "list", "--json").stdout) == []
    again = inside("forget", "--yes")
    assert again.stdout == "Deleted. Videos: 0; photos added on the page: 0; jobs in the history: 0.\n"


def test_not_while_a_video_is_being_made(own_home):
    store = open_store(print)
    job = store.add("one.jpg", {})
    owner = store.leases.claim(Owner.this_process(), job.id).owner
    with pytest.raises(JobConflict, match="A video is being made"):
        erase_everything(store)
    assert len(store.jobs()) == 1
    store.leases.cancelled(job.id, owner)
    assert erase_everything(store).jobs == 1
    store.close()


def test_what_was_set_aside_or_found_in_photos_goes_too(own_home):
    open_store(print).close()
    aside = [
        paths.home() / name
        for name in (
            "videoai-damaged-20260101-000000-000000.sqlite3",
            "devices-damaged-20260101-000000-000000.json",
            "before-restore-20260101-000000-000000/photos/0123456789abcd.jpg",
            "depths/0123456789abcdef.npz",
        )
    ]
    for path in aside:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"old names")
    store = open_store(print)
    erase_everything(store)
    store.close()
    assert traces(b"old names") == []


@pytest.mark.parametrize("whole", [True, False])
def test_what_was_found_in_a_photo_goes_with_its_job(own_home, tmp_path, whole):
    photos = [np.full((64, 96, 3), shade, np.uint8) for shade in (10, 200)]
    (tmp_path / "weights").write_bytes(b"x")
    names = [remembered.name_of(photo, tmp_path / "weights", 336, "fp32") for photo in photos]
    for name in names:
        remembered.write(tmp_path / name, np.zeros((64, 96), np.float32))
        remembered.keep(name, tmp_path / name)
    with closing(open_store(print)) as store:
        job = store.add("one.jpg", {})
        paths.job_folder(job.id).mkdir(parents=True)
        if whole:
            write_photo(paths.job_folder(job.id), FittedPhoto(photos[0]))
        erase_job(store, job.id, video=True)
        assert store.jobs() == []
    assert {path.name for path in paths.depths().iterdir()} == set(names[1:] if whole else names)


def test_a_job_that_is_asked_for_meanwhile_keeps_its_photo(own_home, monkeypatch):
    """Its folder is there before its row."""
    with closing(open_store(print)) as store:
        store.add("old.jpg", {})
        rest = store.let_none_begin

        def rest_then_begun():
            found = rest()
            paths.job_folder("0123456789abcd").mkdir(parents=True)
            return found

        monkeypatch.setattr(store, "let_none_begin", rest_then_begun)
        erase_everything(store)
        assert store.jobs() == []
    assert paths.job_folder("0123456789abcd").is_dir()


def test_the_page_can_and_every_page_begins_anew(site, photo):
    job = site.ended(site.job()["id"])
    site.give(photo)
    events = site.events()
    events.until("snapshot")
    assert site.post("/api/forget", {}).status_code == 400
    gone = site.post("/api/forget", {"everything": True})
    assert gone.json() == {"jobs": 1, "videos": 1, "photos": 2, "kept": []}
    _, snapshot = events.until("snapshot")
    events.close()
    assert snapshot["jobs"] == []
    assert site.get("/api/jobs").json()["jobs"] == []
    assert site.get(f"/api/jobs/{job['id']}").status_code == 404
    assert list(Path(paths.outputs()).iterdir()) == []
    assert traces(b"coffee") == []
    job = site.job(photo_id=site.give().json()["id"])
    assert site.ended(job["id"])["state"] == "done", "and it goes on"


def test_another_machine_may_not(site):
    client = site.app.test_client()
    asked = client.post(
        "/api/forget",
        json={"everything": True},
        environ_base={"REMOTE_ADDR": "192.168.1.20"},
        headers={"Host": "localhost"},
    )
    assert asked.status_code in (401, 403)


def test_nothing_of_a_removed_job_stays_in_the_file(own_home):
    store = open_store(print)
    store.remove(store.add("very secret name.jpg", {}).id)
    store.close()
    with sqlite3.connect(paths.database()) as connection:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    assert traces(b"very secret name") == []
