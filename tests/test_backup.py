"""Everything in one file, and back: whole, checked, and never the end of what was there."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import stat
import subprocess
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.jobs.commands import denoising, start, wait_for
from tests.jobs.conftest import tiny  # noqa: F401
from videoai import backup, paths, restoring
from videoai.errors import BadInput
from videoai.jobs.opening import open_store
from videoai.jobs.store import JobStore
from videoai.jobs.submission import submit
from videoai.jobs.supervisor import Supervisor
from videoai.request import Request

DRAFT = {"model": "draft", "width": 256, "height": 256, "frames": 4, "seed": 1}


def made(store: JobStore, **more: object):
    job = submit(store, EXAMPLES / "coffee.png", Request(DRAFT | more), lambda event: None)
    return Supervisor(store).run(job.id, lambda event: None)


@pytest.fixture
def store(own_home):
    with closing(open_store(print)) as opened:
        yield opened


def at(home: Path, monkeypatch) -> Path:
    """Another home from here on."""
    monkeypatch.setenv("VIDEOAI_HOME", str(home))
    return home


def content(folder: Path) -> dict[str, str]:
    """The digests of all that the gallery is made of."""
    files = [path for name in ("jobs", "photos") for path in sorted((folder / name).rglob("*")) if path.is_file()]
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_what_was_backed_up_is_there_again_in_an_empty_home(store, videoai, tmp_path, monkeypatch):
    jobs = [made(store), made(store, seed=2)]
    (paths.home() / "devices.json").write_text('{"devices": []}')
    before = content(paths.home())
    done = videoai("backup", tmp_path / "all.zip", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["jobs"] == 2
    assert stat.S_IMODE((tmp_path / "all.zip").stat().st_mode) == 0o600
    at(tmp_path / "another", monkeypatch)
    again = videoai("restore", tmp_path / "all.zip")
    assert again.returncode == 0, again.stderr
    assert content(paths.home()) == before
    with closing(open_store(print)) as restored:
        assert [(job.id, job.state, job.output) for job in restored.jobs()] == [
            (job.id, "done", job.output) for job in reversed(jobs)
        ]
        assert made(restored, seed=3).state == "done", "it goes on from there"
    assert not list(paths.home().glob("restor*"))


def test_videos_come_back_where_they_were_or_beside_what_is_there_now(store, videoai, tmp_path, outputs, monkeypatch):
    gone, stays, taken = (Path(made(store, seed=seed).output) for seed in (1, 2, 3))
    before = {path.name: path.read_bytes() for path in (gone, stays, taken)}
    assert videoai("backup", tmp_path / "all.zip", "--videos").returncode == 0
    gone.unlink()
    taken.write_bytes(b"something else under that name")
    at(tmp_path / "another", monkeypatch)
    assert videoai("restore", tmp_path / "all.zip").returncode == 0
    assert (gone.read_bytes(), stays.read_bytes()) == (before[gone.name], before[stays.name])
    assert taken.read_bytes() == b"something else under that name"
    with closing(open_store(print)) as restored:
        places = {job.settings["seed"]: Path(job.output) for job in restored.jobs()}
    assert (places[1], places[2]) == (gone, stays)
    assert places[3] != taken
    assert places[3].read_bytes() == before[taken.name]


def test_it_is_taken_while_a_video_is_made_and_that_waits_in_the_restored_one(
    store,
    videoai,
    tiny,  # noqa: F811
    tmp_path,
    monkeypatch,
):
    size = ("--width", 256, "--height", 256, "--frames", 4, "--steps", 20, "--guidance-max", 1, "--seed", 7)
    run = start("generate", EXAMPLES / "coffee.png", "--model", tiny, "--output", tmp_path / "clip.mp4", *size)
    wait_for(store, denoising(1))
    assert videoai("backup", tmp_path / "all.zip").returncode == 0
    _, said = run.communicate(timeout=100)
    assert run.returncode == 0, said
    whole = (tmp_path / "clip.mp4").read_bytes()
    (tmp_path / "clip.mp4").unlink()
    at(tmp_path / "another", monkeypatch)
    assert videoai("restore", tmp_path / "all.zip").returncode == 0
    again = videoai("resume")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "clip.mp4").read_bytes() == whole


def test_what_is_here_is_replaced_only_if_asked_and_kept(store, videoai, tmp_path):
    job = made(store)
    assert videoai("backup", tmp_path / "all.zip").returncode == 0
    later = made(store, seed=2)
    store.close()
    refused = videoai("restore", tmp_path / "all.zip")
    assert (refused.returncode, "--replace" in refused.stderr) == (2, True)
    assert videoai("restore", tmp_path / "all.zip", "--replace").returncode == 0
    with closing(open_store(print)) as restored:
        assert [found.id for found in restored.jobs()] == [job.id]
    (aside,) = paths.home().glob("before-restore-*")
    assert (aside / "jobs" / later.id / "poster.jpg").is_file()
    with closing(JobStore(aside / "videoai.sqlite3")) as old:
        assert len(old.jobs()) == 2


def test_it_is_not_done_under_a_program_that_uses_the_history(store, videoai, tmp_path):
    made(store)
    assert videoai("backup", tmp_path / "all.zip").returncode == 0
    refused = videoai("restore", tmp_path / "all.zip", "--replace")
    assert refused.returncode == 2
    assert "Another program of VideoAi uses this history" in refused.stderr


def rewritten(source: Path, target: Path, change) -> Path:
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        files = {name: old.read(name) for name in old.namelist()}
        manifest = json.loads(files.pop("manifest.json"))
        change(files, manifest)
        for name, data in files.items():
            new.writestr(name, data)
        new.writestr("manifest.json", json.dumps(manifest))
    return target


def add(name: str):
    def change(files, manifest):
        files[name] = b"x"
        manifest["files"][name] = {"size": 1, "sha256": hashlib.sha256(b"x").hexdigest()}

    return change


SPOILT = {
    "a changed byte": lambda files, manifest: files.update({"videoai.sqlite3": files["videoai.sqlite3"] + b"x"}),
    "a file less": lambda files, manifest: files.pop(next(name for name in files if name.startswith("jobs/"))),
    "no history": lambda files, manifest: manifest["files"].pop("videoai.sqlite3"),
    "a damaged history": lambda files, manifest: (
        files.update({"videoai.sqlite3": b"no database"}),
        manifest["files"].update(
            {"videoai.sqlite3": {"size": 11, "sha256": hashlib.sha256(b"no database").hexdigest()}}
        ),
    ),
    "a newer version": lambda files, manifest: manifest.update({"format": 99}),
    "a way out": add("../../outside"),
    "an absolute way out": add("/tmp/outside"),
    "a way out of a job": add("jobs/0123456789abcd/../../x"),
    "a model": add("models/x.safetensors"),
    "a strange type": lambda files, manifest: manifest.update({"files": []}),
}


@pytest.mark.parametrize("spoil", SPOILT.values(), ids=SPOILT)
def test_what_is_no_whole_backup_changes_nothing(store, tmp_path, spoil):
    made(store)
    backup.back_up(store, tmp_path / "all.zip", videos=False)
    before = content(paths.home())
    spoilt = rewritten(tmp_path / "all.zip", tmp_path / "spoilt.zip", spoil)
    with pytest.raises(BadInput) as refused, restoring.unpacked_folder() as new:
        restoring.unpack(spoilt, new)
    assert refused.value.hint
    assert content(paths.home()) == before
    assert not list(paths.home().glob("restor*"))
    assert not (tmp_path / "outside").exists()


@pytest.mark.parametrize("data", [b"", b"PK", b"no archive", bytes(10_000)])
def test_any_other_file_is_refused_in_a_sentence(tmp_path, videoai, data):
    (tmp_path / "x.zip").write_bytes(data)
    for file in ("x.zip", "not-there.zip"):
        refused = videoai("restore", tmp_path / file)
        assert refused.returncode == 2
        assert len(refused.stderr.splitlines()) == 2, refused.stderr


@pytest.mark.parametrize("moment", range(4))
def test_a_restore_that_is_killed_leaves_the_old_or_the_new(store, tmp_path, moment):
    """The order of renames is what matters: each of them is stopped at in turn."""
    old = made(store)
    backup.back_up(store, tmp_path / "all.zip", videos=False)
    new = made(store, seed=2)
    store.close()
    code = f"""
import os, signal
from pathlib import Path
from videoai.cli import main
count, rename = 0, Path.rename
def counted(self, target):
    global count
    count += 1
    if count > {2 * moment + 1}:
        os.kill(os.getpid(), signal.SIGKILL)
    return rename(self, target)
Path.rename = counted
main(["restore", {str(tmp_path / "all.zip")!r}, "--replace"])
"""
    killed = subprocess.run(
        [sys.executable, "-c", code], env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True
    )
    assert killed.returncode in (-signal.SIGKILL, 0), killed.stderr
    with closing(open_store(print)) as restored:
        ids = {job.id for job in restored.jobs()}
        assert ids in ({old.id}, {old.id, new.id})
        for job in restored.jobs():
            assert (paths.job_folder(job.id) / "poster.jpg").is_file()
    assert not restoring.is_under_way()
