"""What is kept is the user's alone: whatever the umask, and whatever was left open before."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from tests.privacy.conftest import DRAFT as WORDS
from tests.privacy.conftest import command, run
from tests.web.conftest import DRAFT
from videoai.history.recovery import open_store
from videoai.system import paths, private_files
from videoai.system.files import whole_file


def modes(folder: Path) -> dict[str, int]:
    return {
        path.relative_to(folder).as_posix(): stat.S_IMODE(path.lstat().st_mode) for path in (folder, *folder.rglob("*"))
    }


def check_closed(folder: Path) -> None:
    found = modes(folder)
    assert len(found) > 5
    wrong = {name: oct(mode) for name, mode in found.items() if mode & 0o077}
    assert wrong == {}


@pytest.fixture
def no_umask():
    before = os.umask(0)
    yield
    os.umask(before)


def leave_open() -> None:
    """A home as a copy from another disk may be."""
    home = paths.home()
    for name in ("jobs/0", "photos", "models/svd/16bit"):
        (home / name).mkdir(parents=True)
        (home / name / "old.bin").write_bytes(b"old")
    for path in (home, *home.rglob("*")):
        path.chmod(0o777)


def test_a_job_of_the_command_line_leaves_nothing_open(no_umask, photo, tmp_path, outputs):
    leave_open()
    run(command(photo, *WORDS), tmp_path)
    check_closed(paths.home())
    (video,) = outputs.iterdir()
    assert stat.S_IMODE(video.stat().st_mode) == 0o666, "the user's own folder is the user's"


def test_a_job_of_the_web_app_leaves_nothing_open(no_umask, photo, start):
    leave_open()
    site = start()
    job = site.post("/api/jobs", {"photo_id": site.give(photo).json()["id"], "settings": DRAFT}).json()
    assert site.ended(job["id"])["state"] == "done"
    site.get(f"/api/jobs/{job['id']}/video.gif")
    check_closed(paths.home())


def test_what_is_not_ours_is_left_alone(own_home, tmp_path):
    home = paths.home()
    home.chmod(0o755)
    (home / "letters").mkdir()
    (home / "letters" / "one.txt").write_text("dear")
    shared = tmp_path / "shared.safetensors"
    shared.write_bytes(b"another program's")
    (home / "models").mkdir()
    os.link(shared, home / "models" / "twin.safetensors")
    (home / "photos").symlink_to(tmp_path)
    for path in (home / "letters", home / "letters" / "one.txt", shared, tmp_path):
        path.chmod(0o755)
    open_store(print).close()
    assert modes(home)["."] == 0o700
    assert modes(home)["letters"] == modes(home)["letters/one.txt"] == 0o755
    assert stat.S_IMODE(shared.stat().st_mode) == stat.S_IMODE(tmp_path.stat().st_mode) == 0o755


def test_a_folder_for_all_stays_one(own_home, monkeypatch):
    place = own_home / "all"
    place.mkdir()
    place.chmod(0o1777)
    monkeypatch.setenv("VIDEOAI_HOME", str(place))
    open_store(print).close()
    assert stat.S_IMODE(place.stat().st_mode) == 0o1777
    assert modes(place)["videoai.sqlite3"] == 0o600


@pytest.mark.parametrize("replace", [True, False])
def test_files_and_folders_are_closed_before_they_have_their_name(no_umask, replace):
    with whole_file(paths.home() / "jobs" / "a" / "x", replace=replace) as part:
        part.write_text("x")
    with whole_file(paths.home() / "jobs" / "b", replace=replace) as part:
        (part / "deep").mkdir(parents=True)
        (part / "deep" / "x").write_text("x")
    with private_files.create(paths.home() / "jobs" / "a" / "log") as log:
        log.write(b"x")
    check_closed(paths.home() / "jobs")
