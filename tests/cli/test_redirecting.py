"""resume --output: a video whose place was wrong is not lost, and not made twice."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from tests.disks import mounted
from videoai import generate
from videoai.media.metadata import read_metadata
from videoai.system import paths

DRAFT = {"model": "draft", "frames": 4, "width": 256, "height": 256, "seed": 1}
WORDS = [word for name, value in DRAFT.items() for word in (f"--{name}", str(value))]


@pytest.fixture
def photo(tmp_path) -> Path:
    return Path(shutil.copy(EXAMPLES / "chelsea.png", tmp_path / "p.png"))


@pytest.fixture
def disk(tmp_path):
    """Of 100 KiB: enough for a try, too little for a GIF."""
    with mounted(tmp_path / "disk", "100k") as disk:
        yield disk


@pytest.fixture
def failed(inside, store, disk, photo) -> str:
    """A job whose video was made, and which its disk had no room for."""
    done = inside(photo, *WORDS, "--output", disk / "clip.gif")
    assert done.returncode == 1, done.stderr
    (job,) = store.jobs()
    assert job.state == "failed"
    assert (paths.job_folder(job.id) / "video.gif").stat().st_size > 100 << 10
    return job.id


def test_a_video_that_had_no_place_gets_another_one_as_it_is(inside, failed, photo, tmp_path):
    done = inside("resume", failed, "--output", "rescued.gif")
    assert (done.returncode, done.stdout) == (0, "Wrote: rescued.gif\n"), done.stderr
    assert "frames" not in done.stderr.replace("4 frames at", "")
    same = generate(photo, tmp_path / "same.gif", **DRAFT).path
    assert (tmp_path / "rescued.gif").read_bytes() == same.read_bytes()


def test_of_another_kind_it_is_encoded_anew_from_the_frames_that_are_kept(inside, failed, tmp_path):
    done = inside("resume", "--output", "rescued.mov")
    assert (done.returncode, done.stdout) == (0, "Wrote: rescued.mov\n"), done.stderr
    assert "Drawing the frames" not in done.stderr
    assert read_metadata(tmp_path / "rescued.mov")["settings"]["seed"] == 1


def test_it_may_go_to_standard_output_too(inside, failed, store):
    done = inside("resume", "--output", "gif:-")
    assert (done.returncode, done.stdout[:3]) == (0, "GIF"), done.stderr
    assert store.jobs() == []


def test_what_is_there_is_not_replaced_unless_that_is_agreed_to(inside, failed, store, photo, tmp_path):
    (tmp_path / "mine.gif").write_bytes(b"mine")
    refused = inside("resume", "--output", "mine.gif")
    assert (refused.returncode, "--overwrite" in refused.stderr) == (2, True)
    skipped = inside("resume", "--output", "mine.gif", "--no-overwrite")
    assert (skipped.returncode, "is skipped" in skipped.stderr) == (0, True)
    told = json.loads(inside("resume", "--output", "mine.gif", "--no-overwrite", "--json").stdout)
    assert told == {"index": 1, "photo": str(photo), "job": failed, "state": "skipped", "path": "mine.gif"}
    assert inside("resume", "--output", photo, "--overwrite").returncode == 2
    assert store.get(failed).state == "failed"
    assert (tmp_path / "mine.gif").read_bytes() == b"mine"
    done = inside("resume", "--output", "mine.gif", "--overwrite", "--print", "path")
    assert (done.returncode, done.stdout) == (0, "mine.gif\n"), done.stderr
    again = inside("resume", failed, "--output", "other.gif")
    assert (again.returncode, "already done" in again.stderr) == (2, True)


def test_the_videos_of_a_batch_go_to_another_folder_together(inside, store, disk, photo, tmp_path):
    words = ("--seeds", 2, "--force", "--output", f"{disk}/{{seed}}.gif")
    assert inside(photo, *WORDS, *words).returncode == 1
    refused = inside("resume", "--output", "one.gif")
    assert (refused.returncode, "2 videos would all be written" in refused.stderr) == (2, True)
    done = inside("resume", "--output", "saved/{stem}-{seed}.gif")
    assert (done.returncode, done.stdout) == (0, "Wrote: saved/p-1.gif\nWrote: saved/p-2.gif\n"), done.stderr
    assert [job.state for job in store.jobs()] == ["done", "done"]
