"""Where a video begins, how it ends, and how it plays on: trimming, the crossfade, the rest at the end."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from tests.conftest import EXAMPLES
from videoai import generate
from videoai.engine_run import RunConfig, StageClock
from videoai.errors import BadSettings
from videoai.events import Frame, Pixels, Stage, VideoFrame
from videoai.finishing.base import Clip
from videoai.finishing.crossfade import Crossfade
from videoai.finishing.registry import video_clip
from videoai.limits import broken_limits, limits
from videoai.media.fitted_photo import FittedPhoto
from videoai.media.metadata import read_metadata
from videoai.memory.planner import Planner
from videoai.memory.suggestions import suggest
from videoai.pipeline import make_clip
from videoai.request import Request
from videoai.settings import GenerationSettings
from videoai.trimming import shown_frames

DRAFT = GenerationSettings(model="draft", width=256, height=256, frames=9, fps=6, seed=1)
PHOTO = np.asarray(Image.open(EXAMPLES / "coffee.png").convert("RGB").crop((180, 60, 436, 316)))


def made(settings: GenerationSettings, target: Path) -> tuple[list[Pixels], list[Pixels]]:
    """The model's frames and the video's."""
    heard: list[object] = []
    make_clip(FittedPhoto(PHOTO), settings, target, StageClock(heard.append), RunConfig())
    stages = [event.name for event in heard if isinstance(event, Stage)]
    assert stages[-1] == "encode"
    return tuple([event.pixels for event in heard if isinstance(event, kind)] for kind in (Frame, VideoFrame))


def played(path: Path) -> tuple[int, Fraction]:
    """How many frames the file has, and for how long it plays."""
    with av.open(str(path)) as movie:
        stream = movie.streams.video[0]
        length = Fraction(movie.duration, 10**6) if stream.duration is None else stream.duration * stream.time_base
        return sum(1 for _ in movie.decode(video=0)), length


@pytest.mark.parametrize(("trim", "shown"), [
    (None, range(9)), ((0, 1.5), range(9)), ((0.5, 1), range(3, 6)), ((0.42, 1.09), range(3, 7)),
    ((0.5, 0.51), range(3, 4)), ((1.49, 1.5), range(8, 9)), ([0, 0.01], range(1)),
])  # fmt: skip
def test_times_are_moved_to_the_nearest_frame_and_one_is_left_at_least(trim, shown):
    assert shown_frames(trim, 9, 6) == shown


def test_trimmed_the_model_makes_all_frames_and_the_video_has_some(tmp_path, own_home):
    all_frames, shown = made(replace(DRAFT, trim=(0.5, 1.0), smooth=12, compute="fp32"), tmp_path / "clip.mp4")
    assert len(all_frames) == 9
    assert len(shown) == 6
    assert all(np.array_equal(shown[2 * index], all_frames[3 + index]) for index in range(3))
    assert np.array_equal(shown[5], all_frames[5]), "what is cut off is not seen between the last frames either"
    assert played(tmp_path / "clip.mp4") == (6, Fraction(1, 2))


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".webm"])
def test_the_last_frame_stays(tmp_path, suffix, own_home):
    asked = replace(DRAFT, hold=1.5)
    all_frames, shown = made(asked, tmp_path / f"clip{suffix}")
    assert len(shown) == 9 + 9 == video_clip(asked).frames
    assert all(np.array_equal(frame, all_frames[-1]) for frame in shown[9:])
    count, length = played(tmp_path / f"clip{suffix}")
    assert count == 18
    assert abs(length - 3) <= Fraction(1, 500)
    assert video_clip(asked).seconds == 3
    assert read_metadata(tmp_path / f"clip{suffix}")["video"]["seconds"] == 3


def test_after_smoothing_the_rest_is_as_long_to_the_tick(tmp_path, own_home):
    asked = replace(DRAFT, frames=4, fps=7, smooth=9, hold=1, compute="fp32")
    made(asked, tmp_path / "clip.mp4")
    assert played(tmp_path / "clip.mp4") == (14, Fraction(4, 7) + 1)


def test_a_crossfade_mixes_the_end_with_the_beginning_and_goes_on_from_there():
    frames = [np.full((4, 4, 3), level, np.uint8) for level in (0, 10, 20, 30, 40, 50, 60, 70, 255)]
    clip = Clip(4, 4, 9, 6)
    shown = list(Crossfade().finish(iter(frames), clip, DRAFT, lambda event: None))
    levels = [int(frame[0, 0, 0]) for frame in shown]
    assert levels == [30, 40, 50, round(60 * 3 / 4), round(70 / 2 + 10 / 2), round(255 / 4 + 20 * 3 / 4)]
    assert Crossfade().clip(clip, DRAFT) == Clip(4, 4, 6, 6, loops=True)


@pytest.mark.parametrize(("frames", "fps", "faded"), [(6, 6, 2), (14, 6, 5), (25, 6, 6), (25, 30, 8), (300, 30, 30)])
def test_a_fade_is_a_third_of_the_clip_and_no_longer_than_a_second(frames, fps, faded):
    assert frames - Crossfade().clip(Clip(4, 4, frames, fps), DRAFT).frames == faded


@pytest.mark.parametrize("photo", ["coffee.png", "rocket.jpg", "astronaut.png", "chelsea.png"])
@pytest.mark.usefixtures("one_way")
def test_no_step_of_a_crossfade_is_much_larger_than_the_movement_beside_it(photo, tmp_path, own_home):
    """Where a clip that simply began again would jump by several times that."""
    picture = np.asarray(Image.open(EXAMPLES / photo).convert("RGB").resize((256, 256)))
    heard: list[object] = []
    settings = replace(DRAFT, frames=14, loop="crossfade")
    make_clip(FittedPhoto(picture), settings, tmp_path / "clip.mp4", StageClock(heard.append), RunConfig())
    plain, loop = ([e.pixels.astype(int) for e in heard if isinstance(e, kind)] for kind in (Frame, VideoFrame))
    assert len(loop) == 9
    moved = [float(np.abs(a - b).mean()) for a, b in itertools.pairwise(plain)]
    steps = [float(np.abs(a - b).mean()) for a, b in zip(loop, [*loop[1:], loop[0]], strict=True)]
    assert max(steps) < 1.1 * max(moved)
    assert np.abs(plain[-1] - plain[0]).mean() > 2 * max(steps)


def test_a_crossfade_holds_no_more_than_the_fade_and_asks_for_a_frame_when_it_is_due():
    asked = 0

    def coming():
        nonlocal asked
        for _ in range(300):
            asked += 1
            yield np.zeros((4, 4, 3), np.uint8)

    clip = Clip(4, 4, 300, 30)
    frames = Crossfade().finish(coming(), clip, DRAFT, lambda event: None)
    for index in range(200):
        next(frames)
        assert asked == 30 + index + 1
    assert Crossfade().held_bytes(clip, DRAFT) == Crossfade().held_bytes(replace(clip, frames=900), DRAFT)


@pytest.mark.usefixtures("one_way")
def test_a_crossfade_is_in_the_plan_and_smoothing_closes_it(tmp_path, own_home):
    loop = replace(DRAFT, loop="crossfade", smooth=12, compute="fp32")
    assert video_clip(loop) == Clip(256, 256, 12, 12, loops=True)
    _, shown = made(loop, tmp_path / "clip.mp4")
    last, first = shown[10].astype(float), shown[0].astype(float)
    between = shown[11].astype(float)
    assert 0 < np.abs(between - last).mean() < np.abs(first - last).mean()
    plain = Planner(DRAFT).make_plan(1 << 30)
    more = Planner(replace(DRAFT, loop="crossfade")).make_plan(1 << 30).peak_bytes - plain.peak_bytes
    assert more == Crossfade().held_bytes(Clip(256, 256, 9, 6), DRAFT)


@pytest.mark.parametrize(("asked", "sentence"), [
    ({"loop": "crossfade", "frames": 5}, "crossfade takes 6 frames, but there are only 5"),
    ({"loop": "crossfade", "trim": "0.5,1"}, "crossfade takes 6 frames, but there are only 3"),
    ({"loop": "boomerang", "trim": "0.5,0.8"}, "boomerang takes 3 frames, but there are only 2"),
    ({"trim": "0.5,2.4"}, "trim ends at 2.4 s, but the clip is only 2.3 s long"),
    ({"trim": "1,1"}, "two numbers START,END from 0 to 600"),
    ({"hold": 11}, "hold is “11”"),
    ({"loop": "boomerang", "hold": 2}, "A loop plays on without a rest"),
    ({"loop": "crossfade", "hold": 0.5}, "A loop plays on without a rest"),
])  # fmt: skip
def test_what_cannot_be_is_said(asked, sentence):
    with pytest.raises(BadSettings, match=sentence):
        Request.of(asked, {}).settings((600, 400))


def test_the_page_is_told_what_may_be_chosen():
    found = limits({"model": "draft", "frames": 5, "fps": 6, "loop": "boomerang"})
    assert found["trim"].maximum == 0.84
    assert found["loop"].options == ("off", "boomerang")
    assert found["hold"].maximum == 0
    assert not list(broken_limits({"model": "draft", "frames": 5, "fps": 6, "trim": (0.5, 5 / 6)}))


def test_a_clip_that_goes_on_has_the_length_of_all_its_parts():
    found = limits({"model": "draft", "frames": 5, "fps": 6, "extend": 1})
    assert found["trim"].maximum == 1.5
    assert "loop" not in found  # nine frames, of which any loop can be made
    assert Request.of({"extend": 1, "trim": "0.5,4"}, {}).settings((600, 400)).trim == (0.5, 4.0)


def test_what_is_suggested_for_want_of_memory_may_be_chosen():
    asked = GenerationSettings(model="draft", loop="crossfade", frames=25, width=1024, height=1024)
    for budget in range(270 << 20, 370 << 20, 2 << 20):
        for changes in suggest(Planner(asked), budget):
            assert not list(broken_limits(replace(asked, **changes).to_dict()))


def test_the_file_says_it_and_like_repeats_it(tmp_path, own_home):
    asked = {"model": "draft", "width": 256, "height": 256, "frames": 6, "seed": 1, "trim": "0.2,0.8", "hold": 0.5}
    video = generate(EXAMPLES / "coffee.png", tmp_path / "clip.mp4", **asked)
    said = read_metadata(video.path)
    assert (said["settings"]["trim"], said["settings"]["hold"]) == ([0.2, 0.8], 0.5)
    assert said["video"] == {"width": 256, "height": 256, "frames": 7, "fps": 6, "seconds": 1.167}
    again = Request.of({}, {"like": video.path}).settings((600, 400))
    assert (again.trim, again.hold) == ((0.2, 0.8), 0.5)
    assert generate(EXAMPLES / "coffee.png", tmp_path / "again.mp4", like=video.path).path.read_bytes() == (
        video.path.read_bytes()
    )
