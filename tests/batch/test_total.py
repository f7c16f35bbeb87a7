"""What several videos come to: rates that real files keep to, and the bytes of each disk."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from tests.disks import mounted
from videoai import generate
from videoai.batch.total import Total, cost_of
from videoai.errors import WriteFailed
from videoai.finishing.registry import video_clip
from videoai.history.cleanup import MOST_FRAME_BYTES
from videoai.options import RunOptions
from videoai.settings import GenerationSettings

DRAFT = GenerationSettings(model="draft", seed=1)


def cost(suffix: str = ".mp4", encoder: str = "software", **changes: object):
    return cost_of(replace(DRAFT, **changes), suffix, RunOptions(encoder=encoder), 4 << 30)


@pytest.mark.parametrize("name", ["a.mp4", "a.webm", "a.webp", "a.png"])
def test_files_are_about_as_large_as_was_said(tmp_path, name):
    video = generate(EXAMPLES / "rocket.jpg", tmp_path / name, model="draft", frames=8)
    files = video.path.iterdir() if video.path.is_dir() else [video.path]
    said = cost_of(video.settings, Path(name).suffix, RunOptions(), 4 << 30).file_bytes
    assert 0.3 < sum(os.path.getsize(file) for file in files) / said < 1.3


@pytest.mark.usefixtures("one_way")
def test_what_a_video_comes_to_follows_from_the_video_and_not_the_models_clip():
    one = cost()
    assert cost(enlarge="2").file_bytes == pytest.approx(4 * one.file_bytes, abs=4)
    assert cost(loop="boomerang").file_bytes > 1.8 * one.file_bytes
    assert cost(".mov", encoder="prores").file_bytes > 5 * one.file_bytes
    assert cost(enlarge="2").passing_bytes > 3 * 640 * 384 * 14, "all frames wait until the last has come"
    assert cost(enlarge="2").frames_bytes == one.frames_bytes
    assert video_clip(cost(seed=5).estimate.settings).frames == 14
    assert cost(seed=5).estimate.settings.seed == 5


def test_each_disk_is_asked_for_what_comes_to_it(tmp_path):
    one = cost()
    with mounted(tmp_path / "small", "1m") as small:
        fits = Total([one] * 2, [small / "a.mp4", small / "b.mp4"])
        fits.check_room()
        with pytest.raises(WriteFailed, match=r"on the disk of .*/small/new"):
            Total([one] * 3, [small / "new/a.mp4"] * 3).check_room()
        Total([one] * 3, [small / "a.mp4", *[tmp_path / "b.mp4"] * 2]).check_room()
    many = Total([one] * 1000, [tmp_path / "a.mp4"] * 1000).to_dict()
    frames = many["disk_bytes"] - 1000 * (one.file_bytes + one.kept_bytes) - one.passing_bytes
    assert frames == MOST_FRAME_BYTES < 1000 * one.frames_bytes
