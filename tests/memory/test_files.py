"""What the kind of file takes: memory, which the plan counts, and disk, on which frames wait."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.disks import mounted
from videoai.engine_run import RunConfig, StageClock
from videoai.errors import WriteFailed
from videoai.events import Stage
from videoai.finishing.registry import waiting_bytes
from videoai.formats import SUFFIXES
from videoai.media.fitted_photo import FittedPhoto
from videoai.memory.planner import Planner
from videoai.pipeline import make_clip
from videoai.request import Request, estimate_for
from videoai.settings import GenerationSettings

DRAFT = GenerationSettings(model="draft", width=1024, height=1024, frames=5, compute="fp32", seed=1)
MIB = 1 << 20


def peaks(settings: GenerationSettings, suffix: str) -> dict[str, int]:
    found = Planner(settings, suffix=suffix)
    return found.peaks(next(found.plans()))


def test_what_takes_more_than_h264_is_planned_with_more():
    plain = peaks(DRAFT, ".mp4")["frames"]
    assert peaks(DRAFT, ".webm")["frames"] - plain == 12 * MIB + 80 * 1024 * 1024
    assert peaks(DRAFT, ".webp")["frames"] > plain + 190 * MIB
    for suffix in (".mov", ".gif", ".png"):
        assert peaks(DRAFT, suffix)["frames"] >= plain


def test_it_is_not_counted_while_all_frames_wait():
    large = replace(DRAFT, enlarge="2")
    plain, web = peaks(large, ".mp4"), peaks(large, ".webp")
    assert web["frames"] == plain["frames"]
    assert web["enlarge"] > plain["enlarge"] + 800 * MIB


def test_an_estimate_knows_the_ending():
    asked = {"model": "draft", "width": 1024, "height": 1024}
    plain, web = (
        estimate_for(EXAMPLES / "coffee.png", Request(output=f"clip{suffix}", given=asked), 1 << 30).planned.peak_bytes
        for suffix in (".mp4", ".webp")
    )
    assert web > plain


@pytest.mark.usefixtures("one_way")
def test_how_much_disk_frames_take_that_wait():
    frame = 3 * 1024 * 1024
    assert waiting_bytes(DRAFT, ".mp4") == 0
    assert waiting_bytes(DRAFT, ".gif") == 5 * frame
    large = replace(DRAFT, enlarge="2", loop="boomerang", hold=1.0)
    assert waiting_bytes(large, ".mp4") == 8 * frame + 3 * 4 * frame, "those of the way back, enlarged"


@pytest.mark.parametrize(("settings", "suffix"), [(replace(DRAFT, enlarge="2"), ".mp4"), (DRAFT, ".gif")])
def test_too_little_disk_is_said_before_anything_is_computed(tmp_path, monkeypatch, settings, suffix):
    photo = np.zeros((1024, 1024, 3), np.uint8)
    heard: list[object] = []
    with mounted(tmp_path / "disk", "12m") as disk:
        monkeypatch.setenv("VIDEOAI_HOME", str(disk))
        with pytest.raises(WriteFailed, match=r"This video needs 16 MB on the disk of .*, but only .* is free") as told:
            make_clip(FittedPhoto(photo), settings, tmp_path / f"clip{suffix}", StageClock(heard.append), RunConfig())
    assert told.value.hint == "Free some space, or choose a shorter or smaller video."
    assert not any(isinstance(event, Stage) for event in heard)
    assert [path.name for path in tmp_path.iterdir()] == ["disk"]


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="measured on Linux")
@pytest.mark.parametrize("size", [(448, 256), (640, 384), (1024, 1024)])
@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_run_takes_no_more_memory_than_planned(tmp_path, own_home, suffix, size):
    width, height = map(str, size)
    command = [sys.executable, ROOT / "generate_video.py", EXAMPLES / "coffee.png", "--model", "draft", "--json"]
    more = ["--width", width, "--height", height, "--output", f"clip{suffix}"]
    told = json.loads(subprocess.run([*command, *more], cwd=tmp_path, check=True, capture_output=True).stdout)
    assert told["peak_bytes"] <= 1.05 * told["plan"]["peak_bytes"]
