"""The folders that the doctor tries, on real disks: read-only, full, another user's, in the way of a file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from tests.disks import fill, mounted, remount
from videoai.models.hub import cache
from videoai.system import paths
from videoai.system.machine import existing
from videoai.upkeep.folders import folder_checks, in_one_line

IDS = ["home", "jobs", "temporary", "videos", "models", "downloads", "config"]


def found() -> dict[str, object]:
    return {check.id.removeprefix("folder-"): check for check in folder_checks()}


def everything(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*"))


def test_each_is_tried_and_nothing_is_left(own_home, tmp_path, monkeypatch):
    monkeypatch.setenv("VIDEOAI_CONFIG", str(tmp_path / "deep" / "er" / "config.toml"))
    before = everything(own_home)
    checks = list(folder_checks())
    assert [(check.id, check.status, check.hint) for check in checks] == [(f"folder-{id}", "green", "") for id in IDS]
    assert everything(own_home) == before
    assert not (tmp_path / "deep").exists()
    (line,) = in_one_line(checks)
    assert (line.id, line.message) == (
        "folders",
        "tried, files can be written and deleted: history, jobs, temporary files, videos, converted models, "
        "downloaded models, configuration",
    )


def test_a_config_that_is_no_file_has_no_folder(monkeypatch):
    monkeypatch.setenv("VIDEOAI_CONFIG", "/dev/null")
    assert "config" not in found()


def test_a_read_only_disk_and_a_full_one_are_named_with_what_to_do(tmp_path, monkeypatch):
    with mounted(tmp_path / "ro") as read_only, mounted(tmp_path / "full", "1m") as full:
        monkeypatch.setenv("VIDEOAI_OUTPUTS", str(read_only / "videos"))
        monkeypatch.setenv("HF_HOME", str(full))
        remount(read_only, "ro")
        fill(full)
        checks = found()
        assert [id for id, check in checks.items() if check.status != "green"] == ["videos", "downloads"]
        assert (checks["videos"].status, checks["videos"].message, checks["videos"].hint) == (
            "red",
            f"videos: VideoAi cannot make folders in the folder {read_only / 'videos'}: the disk is read-only.",
            "Set VIDEOAI_OUTPUTS to a folder you can write to.",
        )
        assert checks["downloads"].status == "yellow"
        assert checks["downloads"].message.endswith("the disk is full.")
        assert checks["downloads"].hint.startswith("Free some space on its disk. Set HF_HOME ")
        assert everything(full) == [full / "ballast"]
        told = in_one_line(list(checks.values()))
        assert [check.id for check in told] == ["folders", "folder-videos", "folder-downloads"]


def test_a_disk_with_room_for_a_name_and_not_for_a_file(tmp_path, monkeypatch):
    with mounted(tmp_path / "full", "1m") as full:
        (full / "models").mkdir()
        fill(full)
        monkeypatch.setenv("VIDEOAI_HOME", str(full))
        check = found()["models"]
        assert "VideoAi cannot write files in the folder" in check.message
        assert everything(full) == [full / "ballast", full / "models"]
        told = [(check.id, check.status) for check in in_one_line(list(found().values()))]
        assert told == [("folder-home", "red"), ("folders", "green")], "why the others in it cannot is the same"


def test_a_file_in_the_way(own_home, monkeypatch):
    paths.jobs().write_bytes(b"")
    (own_home / ".cache").write_bytes(b"")
    assert cache.root().is_relative_to(own_home / ".cache")
    checks = found()
    assert {id for id, check in checks.items() if check.status != "green"} == {"jobs", "downloads"}
    assert checks["jobs"].message.startswith("jobs: VideoAi cannot ")
    assert paths.jobs().read_bytes() == b""


def test_where_nothing_can_be_deleted(own_home):
    paths.models().mkdir()
    if not shutil.which("chattr") or subprocess.run(["chattr", "+a", paths.models()], capture_output=True).returncode:
        pytest.skip("this disk has no folders in which nothing can be deleted")
    try:
        check = found()["models"]
    finally:
        subprocess.run(["chattr", "-a", paths.models()], check=True)
    assert (check.status, "cannot delete files in the folder" in check.message) == ("yellow", True)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be another user")
def test_another_user_s_folders(monkeypatch):
    """As root's home is to anybody: it can be neither written to nor looked into."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        (place / "closed").mkdir(0o700)
        (place / "open").mkdir()
        (place / "open").chmod(0o777)
        monkeypatch.setenv("VIDEOAI_HOME", str(place / "closed" / "home"))
        for variable in ("VIDEOAI_OUTPUTS", "HF_HOME"):
            monkeypatch.setenv(variable, str(place / "open" / variable))
        monkeypatch.setenv("VIDEOAI_CONFIG", str(place / "open" / "config.toml"))
        status, near = as_nobody(
            lambda: (
                {id: check.message for id, check in found().items() if check.status == "red"},
                str(existing(paths.home())),
            )
        )
    assert set(status) == {"home", "jobs", "temporary"}
    assert all(message.endswith("you don't have permission.") for message in status.values())
    assert near == str(place / "closed")


def as_nobody(do: object) -> list:
    """What `do` returns in a process of another user."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        try:
            os.setgroups([])
            os.setresgid(65534, 65534, 65534)
            os.setresuid(65534, 65534, 65534)
            os.write(write, json.dumps(do()).encode())
        finally:
            os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as answer:
        said = answer.read()
    os.waitpid(child, 0)
    return json.loads(said)
