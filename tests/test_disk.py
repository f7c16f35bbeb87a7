"""What takes the disk, and what of it can go."""

from __future__ import annotations

import json
import os
import sys
import time

import pytest

from videoai import disk, paths

OLD = time.time() - 7200


@pytest.fixture
def home(own_home):
    folder = paths.home()
    for name in ("jobs/0123456789abcd", "photos", "models/svd", "before-restore-1/jobs", "temporary"):
        (folder / name).mkdir(parents=True)
    for name, size in {
        "jobs/0123456789abcd/photo.png": 100_000,
        "photos/0123456789abcd.jpg": 50_000,
        "models/svd/unet.safetensors": 400_000,
        "videoai-damaged-1.sqlite3": 30_000,
        "before-restore-1/jobs/x": 20_000,
        "photos/.x.jpg.4194304-0000.part": 10_000,
    }.items():
        (folder / name).write_bytes(os.urandom(size))
        os.utime(folder / name, (OLD, OLD))
    (folder / "photos" / ".young.jpg.4194304-0000.part").write_bytes(b"of a program that writes it now")
    return folder


def test_each_share_is_what_lies_there(home):
    found = {share.id: share for share in disk.shares()}
    for id, least in {"jobs": 100_000, "photos": 60_000, "models": 400_000, "leftovers": 60_000, "fetched": 0}.items():
        assert least <= found[id].bytes < least + 30_000, id
        assert found[id].hint.startswith("videoai ")
    assert disk.shares()[0].id == "models"


def test_leftovers_go_and_all_else_stays(home, videoai):
    refused = videoai("doctor", "--free")
    assert refused.returncode == 2, "nobody can be asked"
    done = videoai("doctor", "--free", "--yes", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["freed_bytes"] >= 60_000
    assert json.loads(done.stdout)["left"] == []
    assert {path.name for path in home.rglob("*") if path.is_file() and path.suffix not in (".lock", ".json")} == {
        "photo.png",
        "0123456789abcd.jpg",
        "unet.safetensors",
        ".young.jpg.4194304-0000.part",
    }


def test_the_log_of_a_child_that_talks_without_end_is_cut(own_home, monkeypatch):
    from videoai.jobs import runner

    monkeypatch.setattr(runner, "MOST_LOG_BYTES", 10_000)
    monkeypatch.setattr(runner, "_LOOK_SECONDS", 0.0)
    talk = """
import sys, time
for n in range(400):
    sys.stderr.write(f"line {n:05} " + "x" * 500 + "\\n")
    sys.stderr.flush()
    time.sleep(0.002)
"""
    monkeypatch.setattr("videoai.processes._command", lambda module, *words: [sys.executable, "-c", talk])
    folder = paths.job_folder("0123456789abcd")
    folder.mkdir(parents=True)
    run = runner.LocalRunner().start(folder)
    largest = 0
    for _ in run.messages(0.01):
        largest = max(largest, (folder / "errors.log").stat().st_size)
    code, last = run.end()
    assert code == 0
    assert "line 00399" in last
    assert largest < 100_000, "200,000 were written"
    assert {path.name for path in folder.iterdir()} == {"errors.log", "errors.1.log"}
    assert (folder / "errors.1.log").stat().st_size <= 10_000
