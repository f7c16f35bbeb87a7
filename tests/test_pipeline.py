"""The recipe: what passes from the photo to the file, and in which order."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.disks import fill, mounted
from tests.jobs.conftest import tiny  # noqa: F401
from videoai import generate
from videoai.engine_run import RunConfig, StageClock
from videoai.engines.svd.plan import SVDPlan
from videoai.events import Frame, Notice, Stage, Step, VideoFrame
from videoai.finishing.registry import model_clip, video_clip
from videoai.media.fitted_photo import FittedPhoto
from videoai.media.metadata import read_metadata
from videoai.memory.planner import Planner
from videoai.pipeline import make_clip
from videoai.settings import GenerationSettings

DRAFT = GenerationSettings(model="draft", width=256, height=256, frames=5, seed=1)
PHOTO = np.random.default_rng(1).integers(0, 255, (256, 256, 3), dtype=np.uint8)


def made(settings: GenerationSettings, folder: Path, config: RunConfig | None = None, hear=lambda event: None) -> list:
    """All frames of the video, as they went to the encoder."""
    frames = []

    def on_event(event: object) -> None:
        hear(event)
        if isinstance(event, VideoFrame):
            frames.append(event.pixels)

    make_clip(FittedPhoto(PHOTO), settings, folder / "video.mp4", StageClock(on_event), config or RunConfig())
    return frames


def test_frames_flow_to_the_encoder_as_they_are_made(tmp_path):
    heard: list[object] = []
    made(DRAFT, tmp_path, hear=heard.append)
    kinds = [type(event) for event in heard if isinstance(event, (Frame, VideoFrame))]
    assert kinds == [Frame, VideoFrame] * 5


def test_the_stages_come_in_order_and_each_has_its_time(tmp_path):
    clock = StageClock((heard := []).append)
    make_clip(FittedPhoto(PHOTO), DRAFT, tmp_path / "video.mp4", clock, RunConfig())
    stages = [event.name for event in heard if isinstance(event, Stage)]
    assert stages == ["depth", "frames", "encode"]
    seconds = clock.finish()
    assert set(seconds) == set(stages)
    assert all(each > 0 for each in seconds.values())


@pytest.mark.usefixtures("one_way")
def test_the_file_is_completed_last_whatever_finishes_it(tmp_path):
    heard: list[object] = []
    made(replace(DRAFT, loop="boomerang"), tmp_path, hear=heard.append)
    stages = [event.name for event in heard if isinstance(event, Stage)]
    assert stages == ["depth", "frames", "loop", "encode"]


@pytest.mark.usefixtures("one_way")
def test_a_boomerang_goes_there_and_back_and_shows_neither_end_twice(tmp_path):
    there = made(DRAFT, tmp_path)
    whole = made(replace(DRAFT, loop="boomerang"), tmp_path)
    assert len(there) == 5
    assert len(whole) == 8
    assert all(np.array_equal(a, b) for a, b in zip(whole, [*there, there[3], there[2], there[1]], strict=True))


@pytest.mark.usefixtures("one_way")
def test_a_boomerang_s_file_says_what_it_is(tmp_path, own_home):
    video = generate(
        ROOT / "examples" / "coffee.png", tmp_path / "loop.mp4", model="draft", width=256, height=256, frames=5, fps=5,
        loop="boomerang", seed=1,
    )  # fmt: skip
    with av.open(str(video.path)) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == 8
    assert read_metadata(video.path)["settings"]["loop"] == "boomerang"
    told = video.to_dict()
    assert told["video"] == {"width": 256, "height": 256, "frames": 8, "fps": 5, "seconds": 1.6}
    assert [stage["name"] for stage in told["plan"]["stages"]] == ["frames", "loop"]
    assert {"frames", "loop", "encode"} <= set(told["seconds"])


def test_a_video_that_is_not_finished_says_nothing_of_finishing(tmp_path, own_home):
    video = generate(
        ROOT / "examples" / "coffee.png", tmp_path / "clip.mp4", model="draft", width=256, height=256, frames=4, seed=1
    )
    assert "loop" not in read_metadata(video.path)["settings"]


@pytest.mark.usefixtures("one_way")
def test_the_clip_of_the_model_is_not_that_of_the_video():
    loop = replace(DRAFT, loop="boomerang")
    assert (model_clip(loop).frames, video_clip(loop).frames) == (5, 8)
    assert video_clip(DRAFT) == model_clip(DRAFT)


@pytest.mark.usefixtures("one_way")
def test_what_a_finisher_holds_is_in_the_plan():
    plain, loop = (Planner(settings).make_plan(1 << 30) for settings in (DRAFT, replace(DRAFT, loop="boomerang")))
    assert loop.stages[0].peak_bytes - plain.stages[0].peak_bytes == 5 * 256 * 256 * 3


def test_what_on_event_raises_ends_the_run_and_leaves_no_file(tmp_path):
    class Enough(Exception):
        pass

    def hear(event: object) -> None:
        if isinstance(event, VideoFrame) and event.index == 2:
            raise Enough

    with pytest.raises(Enough):
        made(DRAFT, tmp_path, hear=hear)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_a_smaller_plan_gives_the_same_bytes(tiny, tmp_path, monkeypatch):  # noqa: F811
    """A run that died in memory's want and goes on streamed, in smaller chunks, with its frames in files."""
    asked = GenerationSettings(model=str(tiny), width=256, height=256, frames=4, steps=2, guidance_max=1, seed=3)
    whole = made(asked, tmp_path, RunConfig(previous_plan=SVDPlan(16)))
    state = tmp_path / "state"

    class Stopped(Exception):
        pass

    def stop(event: object) -> None:
        if state.exists():
            raise Stopped

    with pytest.raises(Stopped):
        made(asked, tmp_path, RunConfig(previous_plan=SVDPlan(16), state=state), stop)
    smaller = SVDPlan(16, streamed=True, offload=True)
    resumed = made(asked, tmp_path, RunConfig(previous_plan=smaller, state=state))
    assert all(np.array_equal(a, b) for a, b in zip(whole, resumed, strict=True))


def test_a_disk_that_is_full_is_spoken_of_once_and_steps_are_saved_when_it_is_not(tiny, tmp_path):  # noqa: F811
    asked = GenerationSettings(model=str(tiny), width=256, height=256, frames=4, steps=4, guidance_max=1, seed=3)
    heard: list[object] = []
    with mounted(tmp_path / "disk") as disk:
        ballast = fill(disk)

        def hear(event: object) -> None:
            heard.append(event)
            if isinstance(event, Step) and event.index == 3:
                ballast.unlink(missing_ok=True)

        made(asked, tmp_path, RunConfig(previous_plan=SVDPlan(16), state=disk / "state"), hear)
        assert (disk / "state").exists()
    said = [event.message for event in heard if isinstance(event, Notice)]
    assert len([message for message in said if "without saving its steps" in message]) == 1, said


def test_frames_get_their_name_in_this_process_too(tmp_path):
    video = generate(EXAMPLES / "coffee.png", tmp_path / "clip.png", model="draft", width=256, height=256, frames=4)
    assert video.path == tmp_path / "clip"
    assert len(list(video.path.glob("*.png"))) == 4
