"""The model's frames are kept as they pass, whole or not at all, and taken from there."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import EXAMPLES
from tests.disks import mounted
from videoai.engine_run import RunConfig, StageClock
from videoai.events import FramesKept, Notice, Pixels, Stage
from videoai.kept_frames import keep, kept_clip
from videoai.media.fitted_photo import FittedPhoto
from videoai.media.photo import read_photo
from videoai.pipeline import make_clip
from videoai.settings import GenerationSettings

DRAFT = GenerationSettings(model="draft", width=256, height=256, frames=4, seed=1, fps=5)


def noise(settings: GenerationSettings, until: int | None = None) -> Generator[Pixels]:
    chance = np.random.default_rng(0)
    for _ in range(until or settings.frames):
        yield chance.integers(0, 256, (settings.height, settings.width, 3), dtype=np.uint8)


def test_frames_pass_and_are_found_again_with_what_they_were_computed_in(tmp_path):
    told: list[object] = []
    made = replace(DRAFT, precision="8", compute="bf16")
    passed = list(keep(noise(made), tmp_path, 1, made, told.append))
    assert told == [FramesKept("frames-1.mkv")]
    found = kept_clip(tmp_path, replace(DRAFT, smooth=12), told.append)
    assert found is not None
    assert (found.settings.precision, found.settings.compute, found.settings.smooth) == ("8", "bf16", 12)
    assert (found.clip.frames, found.clip.fps, found.clip.ready) == (4, 5, True)
    again = list(found.frames(told.append))
    assert np.array_equal(passed, again)
    assert np.array_equal(passed, list(noise(made)))
    assert told[1] == Stage("read", 4)


def test_what_was_stopped_keeps_nothing(tmp_path):
    passing = keep(noise(DRAFT), tmp_path, 1, DRAFT, lambda event: None)
    next(passing)
    next(passing)
    assert [path.suffix for path in tmp_path.iterdir()] == [".part"]
    passing.close()
    assert list(tmp_path.iterdir()) == []


def test_an_engine_that_fails_keeps_nothing_and_says_why_itself(tmp_path):
    def failing() -> Generator[Pixels]:
        yield from noise(DRAFT, until=2)
        raise OSError("the driver has gone")

    with pytest.raises(OSError, match="the driver has gone"):
        list(keep(failing(), tmp_path, 1, DRAFT, lambda event: None))
    assert list(tmp_path.iterdir()) == []


def test_frames_that_were_damaged_are_made_again(tmp_path):
    told: list[object] = []
    list(keep(noise(DRAFT), tmp_path, 1, DRAFT, told.append))
    path = tmp_path / "frames-1.mkv"
    path.write_bytes(path.read_bytes()[:-100])
    assert kept_clip(tmp_path, DRAFT, told.append) is None
    assert told[-1] == Notice("The frames kept in frames-1.mkv are damaged. The video starts over.", important=True)


@pytest.mark.parametrize("room", ["enough by the look of it", "too little from the beginning"])
def test_a_full_disk_is_said_once_and_the_frames_pass(tmp_path, room):
    with mounted(tmp_path / "disk", "8m") as disk:
        # Noise cannot be made smaller: what it takes in the end is a little more than all its bytes.
        free = os.statvfs(disk).f_bavail * os.statvfs(disk).f_frsize
        count = free // (256 * 256 * 3) + (room != "enough by the look of it")
        many = replace(DRAFT, frames=count)
        told: list[object] = []
        passed = sum(1 for _ in keep(noise(many), disk, 1, many, told.append))
        assert passed == count
        assert list(disk.iterdir()) == []
    (notice,) = told
    assert isinstance(notice, Notice)
    assert notice.message.endswith("The video continues, but its frames are not kept.")


def made(folder, settings, keep_in, told):
    photo = read_photo(EXAMPLES / "coffee.png").fitted(256, 256)
    return make_clip(
        FittedPhoto(photo), settings, folder / "video.mp4", StageClock(told.append), RunConfig(keep=keep_in)
    )


@pytest.mark.parametrize("finishing", [{}, {"smooth": 6, "loop": "boomerang"}, {"smooth": 6, "enlarge": "2"}])
@pytest.mark.usefixtures("one_way")
def test_a_run_that_finds_the_frames_makes_the_same_bytes_without_the_engine(tmp_path, own_home, finishing):
    kept = tmp_path / "kept"
    kept.mkdir()
    settings = replace(DRAFT, **finishing)
    first: list[object] = []
    whole = made(tmp_path, settings, kept, first).path.read_bytes()
    assert "frames" in [event.name for event in first if isinstance(event, Stage)]
    again: list[object] = []
    clip = made(tmp_path, settings, kept, again)
    assert clip.path.read_bytes() == whole
    stages = [event.name for event in again if isinstance(event, Stage)]
    assert not {"depth", "frames"} & set(stages)
    assert {stage.name for stage in clip.planned.stages} == {"read", *finishing}
    assert {*json.loads((own_home / "data" / "rates.json").read_text())["cpu"]} <= {"product", *finishing}
