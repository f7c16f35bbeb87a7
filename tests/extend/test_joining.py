"""Parts become one clip: which frames it has, whose photo each part gets, and what is told of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pytest

from tests.conftest import EXAMPLES
from tests.jobs.conftest import tiny  # noqa: F401
from videoai import generate
from videoai.engine_run import RunConfig, StageClock
from videoai.engines.parts import parts_of
from videoai.engines.svd.plan import SVDPlan
from videoai.events import Checkpoint, Event, Frame, Notice, OnEvent, Pixels, Preview, Stage, Step, VideoFrame
from videoai.extend.joining import going_on, joined_frames
from videoai.finishing.registry import model_clip
from videoai.media.fitted_photo import FittedPhoto
from videoai.media.metadata import read_metadata
from videoai.memory.planner import Planner
from videoai.pipeline import make_clip
from videoai.settings import GenerationSettings

PHOTO = np.random.default_rng(1).integers(0, 255, (64, 128, 3), dtype=np.uint8)
SVD = GenerationSettings(width=640, height=384, frames=14, seed=999_999_998)


@pytest.fixture
def asked(tiny) -> GenerationSettings:  # noqa: F811
    return GenerationSettings(
        model=str(tiny), width=128, height=64, frames=4, steps=2, guidance_max=1.0, seed=7, compute="fp32", extend=2
    )


def made(
    settings: GenerationSettings, folder: Path, hear=lambda event: None, config: RunConfig | None = None
) -> list[Event]:
    told: list[Event] = []

    def on_event(event: Event) -> None:
        told.append(event)
        hear(event)

    make_clip(
        FittedPhoto(PHOTO),
        settings,
        folder / "clip.mp4",
        StageClock(on_event),
        config or RunConfig(previous_plan=SVDPlan(16)),
    )
    return told


def shown(told: list[Event]) -> list[Pixels]:
    return [event.pixels for event in told if isinstance(event, VideoFrame)]


def test_the_clip_has_each_seam_once():
    assert model_clip(replace(SVD, extend=2)).frames == 14 * 3 - 2
    assert model_clip(SVD).frames == 14


def test_each_part_has_the_next_seed_and_after_the_last_comes_the_first():
    assert [part.seed for part in parts_of(replace(SVD, extend=2))] == [999_999_998, 999_999_999, 0]
    assert {part.extend for part in parts_of(replace(SVD, extend=2))} == {None}
    assert parts_of(SVD) == [SVD]


def test_a_part_begins_with_the_last_frame_and_does_not_show_it_again():
    """The frames here are what an engine gives that changes nothing: photo, photo + 1, photo + 2."""
    photos: list[int] = []
    heard: list[Event] = []

    def frames_of(number: int, photo: Pixels, part: GenerationSettings, on_event: OnEvent) -> Generator[Pixels]:
        def run(on_event: OnEvent) -> Generator[Pixels]:
            photos.append(int(photo[0, 0, 0]))
            for index in range(3):
                on_event(Frame(index, photo + np.uint8(index)))
                yield photo + np.uint8(index)

        return going_on(run, photo, on_event) if number else run(on_event)

    parts = [replace(SVD, frames=3)] * 3
    frames = list(joined_frames(np.full((16, 16, 3), 100, np.uint8), parts, frames_of, heard.append))
    assert photos == [100, 102, 104]
    assert [int(frame[0, 0, 0]) for frame in frames] == [100, 101, 102, 103, 104, 105, 106]
    assert [event.index for event in heard] == list(range(7)), "each is told once"
    assert all(
        event.pixels is frame or np.array_equal(event.pixels, frame) for event, frame in zip(heard, frames, strict=True)
    )


def test_until_the_first_seam_it_is_the_clip_that_it_would_be_alone(asked, tmp_path):
    whole, alone = shown(made(asked, tmp_path)), shown(made(replace(asked, extend=None), tmp_path))
    assert (len(whole), len(alone)) == (10, 4)
    assert all(np.array_equal(a, b) for a, b in zip(whole, alone, strict=False))
    again = shown(made(asked, tmp_path))
    assert all(np.array_equal(a, b) for a, b in zip(whole, again, strict=True))


def test_its_stages_are_those_of_all_parts_and_never_go_back(asked, tmp_path):
    told = made(asked, tmp_path)
    reached: dict[str, list[int]] = {}
    for event in told:
        if isinstance(event, Stage):
            stage = event
            assert event.steps == {"condition": 6, "load": 3, "denoise": 6, "decode": 12, "encode": 0}[event.name]
        elif isinstance(event, Step):
            reached.setdefault(stage.name, []).append(event.index)
    assert all(steps == sorted(steps) for steps in reached.values()), reached
    assert {name: steps[-1] for name, steps in reached.items()} == {
        "condition": 6,
        "load": 3,
        "denoise": 6,
        "decode": 12,
    }
    assert [event.index for event in told if isinstance(event, Frame)] == list(range(10))
    assert [event.start for event in told if isinstance(event, Preview)] == [0, 0, 3, 3, 6, 6]


def test_while_a_part_is_computed_it_is_told_though_a_finisher_has_begun(asked, tmp_path, own_home):
    told = made(replace(asked, smooth=24), tmp_path)
    stages = [event.name for event in told if isinstance(event, Stage)]
    assert stages == [*["condition", "load", "denoise", "decode", "smooth"] * 3, "encode"]
    smooth = [event.index for event in told if isinstance(event, Step)][-40:]
    assert smooth[-1] == 40


def test_a_run_that_is_stopped_in_a_later_part_leaves_no_file(asked, tmp_path):
    class Enough(Exception):
        pass

    def hear(event: Event) -> None:
        if isinstance(event, VideoFrame) and event.index == 5:
            raise Enough

    with pytest.raises(Enough):
        made(asked, tmp_path, hear)
    assert list(tmp_path.iterdir()) == []


def test_a_part_that_is_kept_is_not_computed_again_and_the_bytes_are_the_same(asked, tmp_path):
    whole = shown(made(asked, tmp_path))
    video = (tmp_path / "clip.mp4").read_bytes()
    config = RunConfig(previous_plan=SVDPlan(16), state=tmp_path / "state", keep=tmp_path)

    class Stopped(Exception):
        pass

    steps = 0

    def hear(event: Event) -> None:
        nonlocal steps
        steps += isinstance(event, Checkpoint)
        if steps == 3:  # the first of the second part, which has two
            raise Stopped

    with pytest.raises(Stopped):
        made(asked, tmp_path, hear, config)
    assert (tmp_path / "frames-1.mkv").exists()
    assert not (tmp_path / "frames-2.mkv").exists()
    told = made(asked, tmp_path, config=config)
    assert sum(isinstance(event, Checkpoint) for event in told) == 3, "one step of the second part, and the third"
    assert all(np.array_equal(a, b) for a, b in zip(whole, shown(told), strict=True))
    assert (tmp_path / "clip.mp4").read_bytes() == video
    assert [event.index for event in told if isinstance(event, Frame)] == list(range(10))
    assert not [event.message for event in told if isinstance(event, Notice) and event.important]
    finished = made(replace(asked, loop="boomerang"), tmp_path, config=config)
    assert {event.name for event in finished if isinstance(event, Stage)} == {"read", "loop", "encode"}
    assert all(np.array_equal(a, b) for a, b in zip(whole, shown(finished), strict=False))


def test_it_takes_the_time_of_all_parts_and_the_memory_of_one():
    one, three = (Planner(settings).make_plan(8 << 30) for settings in (SVD, replace(SVD, extend=2)))
    assert three.seconds == pytest.approx(3 * one.seconds)
    assert one.peak_bytes <= three.peak_bytes <= one.peak_bytes + (64 << 20), "what waits is the encoder"
    smooth = Planner(replace(SVD, extend=2, smooth=24)).make_plan(8 << 30)
    assert smooth.stages[1].peak_bytes > three.stages[1].peak_bytes, "it has begun by the second part"


def test_a_draft_s_file_says_what_it_is_and_like_repeats_it(tmp_path, own_home):
    size = {"model": "draft", "width": 256, "height": 256, "frames": 4, "fps": 5}
    video = generate(EXAMPLES / "coffee.png", tmp_path / "long.mp4", **size, extend=2, seed=1)
    with av.open(str(video.path)) as movie:
        assert sum(1 for _ in movie.decode(video=0)) == 10
    assert read_metadata(video.path)["settings"]["extend"] == 2
    assert video.to_dict()["video"]["frames"] == 10
    again = generate(EXAMPLES / "coffee.png", tmp_path / "again.mp4", like=video.path)
    assert again.path.read_bytes() == video.path.read_bytes()
