"""What takes the disk, and what of it can go."""

from __future__ import annotations

import json
import os
import sys
import time

import pytest

from videoai.jobs.artifacts import Received
from videoai.jobs.local import LocalRunner
from videoai.jobs.runner import Work
from videoai.system import paths
from videoai.system.files import part_name
from videoai.upkeep import disk

REPLACED = "before-restore-20260101-000000-000000"
OLD = time.time() - 2 * 86400
STAYS = [
    "photos/.young.jpg.4194304-0123456789abcdef.part",  # of a program that writes it now, in another container
    f"models/{part_name('unet')}",  # of a program that has been writing it for days: this one
    # VIDEOAI_HOME may be a folder that holds other things, too.
    "car-damaged-front.png",
    "before-restore-of-house/x.jpg",
    "restoring-furniture/x.jpg",
    ".movie.part",
    ".movie.mp4.part",
]


@pytest.fixture
def home(own_home):
    folder = paths.home()
    for name in (
        "jobs/0123456789abcd",
        "photos",
        "models/svd",
        "depths",
        "before-restore-20260101-000000-000000/jobs",
        "temporary",
    ):
        (folder / name).mkdir(parents=True)
    for name, size in {
        "jobs/0123456789abcd/photo.png": 100_000,
        "photos/0123456789abcd.jpg": 50_000,
        "models/svd/unet.safetensors": 400_000,
        "depths/0123456789abcdef.npz": 40_000,
        "videoai-damaged-20260101-000000-000000.sqlite3": 30_000,
        f"{REPLACED}/jobs/x": 20_000,
        "photos/.x.jpg.4194304-0123456789abcdef.part": 10_000,
    }.items():
        (folder / name).write_bytes(os.urandom(size))
        os.utime(folder / name, (OLD, OLD))
    for name in STAYS:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"x")
    for name in STAYS[1:]:
        os.utime(folder / name, (OLD, OLD))
    return folder


def test_each_share_is_what_lies_there(home):
    found = {share.id: share for share in disk.shares()}
    for id, least in {
        "jobs": 100_000,
        "photos": 60_000,
        "models": 400_000,
        "depths": 40_000,
        "leftovers": 60_000,
        "fetched": 0,
    }.items():
        assert least <= found[id].bytes < least + 30_000, id
        assert found[id].hint.startswith("videoai ")
    assert disk.shares()[0].id == "models"


def test_leftovers_go_and_all_else_stays(home, videoai):
    refused = videoai("doctor", "--free")
    assert refused.returncode == 2, "nobody can be asked"
    done = videoai("doctor", "--free", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["freed_bytes"] >= 100_000
    assert json.loads(done.stdout)["left"] == []
    assert {path.name for path in home.rglob("*") if path.is_file() and path.suffix not in (".lock", ".json")} == {
        "photo.png",
        "0123456789abcd.jpg",
        "unet.safetensors",
        *(name.rpartition("/")[2] for name in STAYS),
    }


def started(id: str):
    """A run of a job of this id."""
    return LocalRunner().start(Work(id, {}, Received("photo.png", b"a photo")))


def test_the_log_of_a_child_that_talks_without_end_is_cut(own_home, monkeypatch):
    from videoai.jobs import worker_log

    monkeypatch.setattr(worker_log, "MOST_LOG_BYTES", 10_000)
    monkeypatch.setattr(worker_log, "_LOOK_SECONDS", 0.0)
    talk = """
import sys, time
for n in range(400):
    sys.stderr.write(f"line {n:05} " + "x" * 500 + "\\n")
    sys.stderr.flush()
    time.sleep(0.002)
"""
    monkeypatch.setattr("videoai.system.processes._command", lambda module, *words: [sys.executable, "-c", talk])
    folder = paths.job_folder("0123456789abcd")
    run = started("0123456789abcd")
    largest = 0
    for _ in run.events(0.01):
        largest = max(largest, (folder / "errors.log").stat().st_size)
    death = run.end()
    assert death.kind == "unknown"
    assert "line 00399" in death.hint
    assert largest < 100_000, "200,000 were written"
    assert {path.name for path in folder.iterdir()} == {"photo.png", "errors.log", "errors.1.log"}
    assert (folder / "errors.1.log").stat().st_size <= 10_000


def test_what_an_attempt_before_wrote_is_no_reason_of_this_ones_death(own_home, monkeypatch):
    folder = paths.job_folder("0123456789abcd")
    folder.mkdir(parents=True)
    (folder / "errors.log").write_text("out of memory")
    monkeypatch.setattr("videoai.system.processes._command", lambda module, *words: [sys.executable, "-c", ""])
    run = started("0123456789abcd")
    assert set(run.events(0.1)) <= {None}, "it says nothing"
    death = run.end()
    assert (death.kind, death.memory) == ("unknown", False)
    assert (folder / "errors.1.log").read_text() == "out of memory"
