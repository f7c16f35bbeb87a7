"""Deleting where the disk refuses: what is left is said and stays in the list; and it works where no byte is free."""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.disks import fill, mounted, remount
from tests.web.conftest import idle, known_machine, page, second_address, site, start
from videoai.errors import HistoryGone, JobConflict, WriteFailed
from videoai.history import disk_reserve
from videoai.history.cleanup import clean_jobs, clean_photos
from videoai.history.erase import erase_everything, erase_job
from videoai.history.folder import PUBLISHED
from videoai.history.job import Job
from videoai.history.owner import Owner
from videoai.history.recovery import open_store
from videoai.jobs.submit import submit
from videoai.request import Request
from videoai.system import paths, temporary

__all__ = ["idle", "known_machine", "page", "second_address", "site", "start"]

GIVEN = {"model": "draft", "width": 256, "height": 256, "frames": 4}


def made(outputs: Path, count: int = 1) -> list[str]:
    """Jobs that are done, as they are after a run: folders, rows and videos."""
    outputs.mkdir(parents=True, exist_ok=True)
    with closing(open_store(print)) as store:
        return [_made(store, outputs / f"{number}.mp4") for number in range(count)]


def _made(store, video: Path) -> str:
    job = submit(store, EXAMPLES / "rocket.jpg", Request(given=GIVEN), lambda event: None)
    video.write_bytes(job.id.encode() * 1000)
    noted = [str(video), hashlib.sha256(video.read_bytes()).hexdigest()]
    (paths.job_folder(job.id) / PUBLISHED).write_text(json.dumps(noted))
    owner = store.leases.claim(Owner.this_process(), job.id).owner
    assert store.leases.finish(job.id, owner, str(video), {}, 1)
    return job.id


def ids() -> list[str]:
    with closing(open_store(print)) as store:
        return [job.id for job in store.jobs()]


def test_a_video_on_a_disk_that_is_read_only_stays_in_the_list_until_it_is_gone(idle, outputs, videoai):
    with mounted(outputs):
        (job,) = made(outputs)
        remount(outputs, "ro")
        refused = idle.ask("DELETE", f"/api/jobs/{job}?forever=1")
        assert (refused.status_code, refused.json()["error"]["code"]) == (409, "not_deleted")
        assert "0.mp4 could not be deleted: the disk is read-only." in refused.json()["error"]["message"]
        everything = idle.post("/api/forget", {"everything": True})
        assert (everything.status_code, everything.json()["error"]["code"]) == (409, "not_deleted")
        assert idle.get(f"/api/jobs/{job}").json()["video_url"]
        assert paths.job_folder(job).exists()
        said = videoai("forget", "--yes")
        assert said.returncode == 1
        assert "Deleted. Videos: 0;" in said.stdout
        assert f"Could not delete {outputs / '0.mp4'} (the disk is read-only)" in said.stdout
        assert ids() == [job]
        remount(outputs, "rw")
        assert idle.ask("DELETE", f"/api/jobs/{job}?forever=1").status_code == 204
        assert not (outputs / "0.mp4").exists()
        assert not paths.job_folder(job).exists()
        assert ids() == []


def test_a_folder_that_cannot_be_removed_is_named_and_the_job_stays(idle, outputs, videoai):
    job, other = made(outputs, 2)
    with mounted(paths.job_folder(job) / "in the way"):
        refused = videoai("jobs", "remove", job)
        assert refused.returncode == 1
        assert f"jobs/{job} could not be deleted: something else is using it." in refused.stderr
        assert "Removed" not in refused.stdout
        assert not (paths.job_folder(job) / "photo.png").exists(), "what can go is gone"
        assert set(ids()) == {job, other}
        gone = videoai("forget", "--yes", "--json")
        assert gone.returncode == 1
        told = json.loads(gone.stdout.splitlines()[0])
        assert told["jobs"] == 1
        assert [left["path"] for left in told["left"]] == [str(paths.job_folder(job))]
        assert ids() == [job]
    assert videoai("jobs", "remove", job).returncode == 0
    assert ids() == []
    assert not paths.job_folder(job).exists()


def test_at_a_disk_without_a_free_byte_a_job_and_everything_can_be_deleted(own_home, outputs, videoai, monkeypatch):
    with mounted(own_home / "disk") as disk:
        monkeypatch.setenv("VIDEOAI_HOME", str(disk / "data"))
        first, second, third = made(outputs, 3)
        ballast = fill(disk)
        listed = videoai("jobs", "list", "--json")
        assert len(json.loads(listed.stdout)) == 3, listed.stderr
        fill_again(ballast)
        removed = videoai("jobs", "remove", first)
        assert removed.returncode == 0, removed.stderr
        fill_again(ballast)
        gone = videoai("forget", "--yes", "--json")
        assert gone.returncode == 0, gone.stderr
        assert json.loads(gone.stdout) == {"jobs": 2, "videos": 2, "photos": 0, "kept": [], "left": []}
        assert not paths.jobs().exists()
        left = [path for path in paths.home().rglob("*") if path.is_file() and b"rocket" in path.read_bytes()]
        assert left == []
        assert (second, third) not in ids()


def fill_again(ballast: Path) -> None:
    """Another program takes what has become free."""
    ballast.rename(ballast.with_name(f"{ballast.name}-{time.time_ns()}"))
    fill(ballast.parent)


def test_the_page_deletes_at_a_full_disk_too(own_home, outputs, start, monkeypatch):
    monkeypatch.setattr("videoai.jobs.queue.Queue.start", lambda self: None)
    monkeypatch.setattr("videoai.jobs.queue.Queue.stop", lambda self: None)
    monkeypatch.setattr("videoai.web.photos.SPARE_BYTES", 0)
    monkeypatch.setattr("videoai.jobs.admission.SPARE_BYTES", 0)
    with mounted(own_home / "disk") as disk:
        monkeypatch.setenv("VIDEOAI_HOME", str(disk / "data"))
        done, other = made(outputs, 2)
        site = start()
        photo = site.give().json()["id"]
        waiting = site.post("/api/jobs", {"photo_id": photo, "settings": GIVEN}).json()["id"]
        ballast = fill(disk)
        assert site.ask("DELETE", f"/api/jobs/{waiting}?forever=1").status_code == 204, "one that waited"
        fill_again(ballast)
        assert site.ask("DELETE", f"/api/jobs/{done}?forever=1").status_code == 204
        fill_again(ballast)
        assert site.post("/api/forget", {"everything": True}).json()["jobs"] == 1
        assert [job["id"] for job in site.get("/api/jobs").json()["jobs"]] == []
        assert list(outputs.iterdir()) == []
        assert not (paths.photos() / f"{photo}.jpg").exists()
        assert other not in ids()
        site.server.stop()


def test_the_reserve_is_there_and_filled_again(own_home):
    made(own_home / "videos")
    whole = paths.home() / "reserve.bin"
    assert whole.stat().st_size == disk_reserve.SIZE
    assert whole.stat().st_mode & 0o777 == 0o600
    os.truncate(whole, disk_reserve.PIECE)
    open_store(print).close()
    assert whole.stat().st_size == disk_reserve.SIZE


def test_one_after_the_other_can_be_deleted_however_often_the_disk_fills_up(own_home, outputs, monkeypatch):
    with mounted(own_home / "disk", "8m") as disk:
        monkeypatch.setenv("VIDEOAI_HOME", str(disk / "data"))
        jobs = made(outputs, 10)
        ballast = fill(disk)
        for job in jobs:
            with closing(open_store(print)) as store:
                erase_job(store, job, video=True)
            fill_again(ballast)
        assert list(outputs.iterdir()) == []
        assert (paths.home() / "reserve.bin").stat().st_size >= disk_reserve.PIECE


@pytest.fixture
def queued_again(outputs):
    """A history, and a job of it that another program resumes at the moment when it is to be deleted."""
    job, other = made(outputs, 2)
    with closing(open_store(print)) as store, closing(open_store(print)) as another:
        for id in (job, other):  # as if they had failed
            store.remove(id)
            store.restore(id, "rocket.jpg", {}, {}, None)
            (paths.job_folder(id) / PUBLISHED).unlink()
        let_none_begin = store.let_none_begin

        def and_then(*words: str) -> list[Job]:
            found = let_none_begin(*words)
            another.retry(job)
            return found

        store.let_none_begin = and_then
        yield store, job, other


def test_a_job_that_is_queued_again_meanwhile_keeps_its_folder(queued_again):
    store, job, _ = queued_again
    with pytest.raises(JobConflict, match="is queued"):
        erase_job(store, job, video=True)
    assert store.get(job).state == "queued"
    assert (paths.job_folder(job) / "photo.png").exists()


def test_also_when_everything_is_deleted(queued_again):
    store, job, other = queued_again
    assert erase_everything(store).jobs == 1
    assert [(left.id, left.state) for left in store.jobs()] == [(job, "queued")]
    assert (paths.job_folder(job) / "photo.png").exists()
    assert not paths.job_folder(other).exists()


def test_nobody_queues_or_begins_a_job_whose_folder_goes_at_this_moment(own_home, monkeypatch):
    with closing(open_store(print)) as store, closing(open_store(print)) as another:
        waiting, job = (store.add("rocket.jpg", {}).id for _ in range(2))
        store.cancel(job)
        monkeypatch.setattr("videoai.history.database.BUSY_SECONDS", 0.1)
        with store.at_rest(job):
            assert [found.id for found in another.jobs(["queued"])] == [waiting], "who reads does not wait"
            with pytest.raises(WriteFailed, match="another program is using it"):
                another.retry(job)
            with pytest.raises(WriteFailed, match="another program is using it"):
                another.leases.claim(Owner.this_process())
        assert another.retry(job).state == "queued"


HOLD = """
from videoai.system import temporary
with temporary.folder() as folder:
    (folder / "video.mp4").write_bytes(b"a wedding")
    print(folder, flush=True)
    input()
"""


def holder() -> tuple[subprocess.Popen[str], Path]:
    process = subprocess.Popen(
        [sys.executable, "-c", HOLD], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    return process, Path(process.stdout.readline().strip())


def test_a_dropped_video_does_not_outlive_a_kill_and_a_live_one_is_left_alone(start):
    (killed, dead), (living, alive) = holder(), holder()
    killed.kill()
    killed.communicate()
    assert dead.is_relative_to(paths.home())
    assert (dead / "video.mp4").exists()
    temporary.sweep()
    assert sorted(path.name for path in paths.temporary().iterdir()) == [alive.name, f"{alive.name}.lock"]
    assert (alive / "video.mp4").exists()
    living.communicate("\n", timeout=30)
    assert list(paths.temporary().iterdir()) == []


def test_the_server_sweeps_when_it_starts(start):
    killed, dead = holder()
    killed.kill()
    killed.communicate()
    site = start()
    end = time.monotonic() + 20
    while dead.exists():
        assert time.monotonic() < end
        site.get("/api/health")


def test_nothing_that_is_sent_waits_in_the_systems_folder(done, idle, monkeypatch, outputs):
    monkeypatch.setattr(tempfile, "tempdir", str(outputs / "not there"))
    photo = EXAMPLES / "rocket.jpg"
    large = photo.read_bytes() + bytes(2_000_000)
    assert idle.ask("POST", "/api/photos", files={"photo": ("rocket.jpg", large)}).status_code == 201
    video = idle.get(f"/api/jobs/{done}/video.mp4").content
    assert idle.ask("POST", "/api/videos", files={"video": ("clip.mp4", video)}).status_code == 200
    assert idle.get(f"/api/jobs/{done}/video.gif").status_code == 200
    assert list(paths.temporary().iterdir()) == []


@pytest.fixture
def old(outputs):
    """Two jobs that the history knows no more, from days ago; of one nothing is known at all."""
    listed, unknown = made(outputs, 2)
    with closing(open_store(print)) as store:
        for id in (listed, unknown):
            store.remove(id)
    (paths.job_folder(unknown) / "task.json").unlink()
    (paths.job_folder(unknown) / PUBLISHED).unlink()
    return listed, unknown


def test_what_no_list_shows_is_listed_again_or_removed_after_a_day(old):
    listed, unknown = old
    (new,) = made(paths.outputs())
    with closing(open_store(print)) as store:
        clean_jobs(store, time.time())
        assert [job.id for job in store.jobs()] == [new], "it may be one that is just being asked for"
        clean_jobs(store, time.time() + 90_000)
        assert {job.id: job.state for job in store.jobs()} == {new: "done", listed: "done"}
    assert not paths.job_folder(unknown).exists()


@pytest.mark.parametrize("name", ["task.json", PUBLISHED])
def test_what_cannot_be_read_at_this_moment_is_no_reason_to_remove_it(old, name):
    _, unknown = old
    (paths.job_folder(unknown) / name).symlink_to(name)  # a loop: the system refuses it to root, too
    with closing(open_store(print)) as store:
        clean_jobs(store, time.time() + 90_000)
    assert (paths.job_folder(unknown) / "photo.png").is_file()


def test_a_video_is_not_called_deleted_while_nobody_can_tell_where_it_is(idle, outputs):
    (job,) = made(outputs)
    note = paths.job_folder(job) / PUBLISHED
    kept = note.read_bytes()
    note.unlink()
    note.symlink_to(note.name)
    assert idle.ask("DELETE", f"/api/jobs/{job}?forever=1").status_code == 409
    note.unlink()
    note.write_bytes(kept)
    assert idle.ask("DELETE", f"/api/jobs/{job}?forever=1").status_code == 204
    assert list(outputs.iterdir()) == []


def test_a_folder_that_stays_is_swept_again(own_home):
    with temporary.folder() as folder:
        (folder / "busy").mkdir()
        disk = mounted(folder / "busy")
        disk.__enter__()
    assert folder.is_dir()
    disk.__exit__(None, None, None)
    temporary.sweep()
    assert list(paths.temporary().iterdir()) == []


def test_without_locks_only_what_is_old_is_swept(own_home, monkeypatch):
    monkeypatch.setattr("videoai.system.locking.fcntl.flock", no_locks)
    with temporary.folder() as folder:
        temporary.sweep()
        assert folder.is_dir()
        os.utime(folder, (0, 0))
        temporary.sweep()
        assert not folder.exists()


def no_locks(descriptor: int, how: int) -> None:
    raise OSError(errno.ENOLCK, os.strerror(errno.ENOLCK))


def test_one_photo_that_cannot_be_removed_keeps_no_other(own_home, caplog):
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        (paths.photos() / name).mkdir(parents=True) if name == "a.jpg" else (paths.photos() / name).touch()
    with mounted(paths.photos() / "a.jpg"):
        clean_photos(set(), time.time() + 90_000)
        assert [path.name for path in paths.photos().iterdir()] == ["a.jpg"]
        assert "a.jpg could not be deleted" in caplog.text


def test_a_home_that_was_deleted_under_the_server_takes_no_job(idle):
    photo = idle.give().json()["id"]
    shutil.rmtree(paths.home())
    assert idle.post("/api/jobs", {"photo_id": photo, "settings": GIVEN}).status_code in (404, 500)
    for refused in (idle.give(), idle.post("/api/examples/coffee")):
        assert refused.status_code == 500
        assert refused.json()["error"]["code"] == "history_gone"
        assert "was deleted or replaced" in refused.json()["error"]["message"]
    assert not paths.jobs().exists()
    assert not paths.photos().exists()


def test_a_job_that_cannot_be_listed_leaves_no_photo_behind(own_home):
    with closing(open_store(print)) as store:
        paths.database().unlink()
        with pytest.raises(HistoryGone):
            submit(store, EXAMPLES / "rocket.jpg", Request(given=GIVEN), lambda event: None)
    assert list(paths.jobs().iterdir()) == []


def test_while_another_program_holds_the_history_nothing_is_deleted(own_home, outputs, monkeypatch):
    (job,) = made(outputs)
    monkeypatch.setattr("videoai.history.database.BUSY_SECONDS", 0.2)
    with closing(open_store(print)) as store, closing(sqlite3.connect(paths.database())) as other:
        other.execute("BEGIN IMMEDIATE")
        for delete in (lambda: erase_everything(store), lambda: erase_job(store, job, video=True)):
            with pytest.raises(WriteFailed):
                delete()
        assert len(list(outputs.iterdir())) == 1
        assert (paths.job_folder(job) / "task.json").is_file()
        other.rollback()
        assert erase_everything(store).videos == 1
    assert list(outputs.iterdir()) == []
