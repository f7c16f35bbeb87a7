"""--smooth through the whole recipe: which frames come, and when; what the file says; how it ends early."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, ROOT, known_numbers
from videoai.engine_run import RunConfig, StageClock
from videoai.errors import BadSettings
from videoai.events import Frame, Pixels, Stage, Step, VideoFrame
from videoai.finishing.base import Clip
from videoai.finishing.registry import video_clip
from videoai.finishing.smooth import Smooth
from videoai.finishing.timing import smoothed_length
from videoai.media.fitted_photo import FittedPhoto
from videoai.media.metadata import read_metadata
from videoai.media.video import write_video
from videoai.memory.planner import Planner
from videoai.pipeline import make_clip
from videoai.request import Request
from videoai.settings import GenerationSettings

DRAFT = GenerationSettings(model="draft", width=256, height=256, frames=4, fps=6, seed=1)
SMOOTH = replace(DRAFT, smooth=24, compute="fp32")
PHOTO = np.asarray(Image.open(EXAMPLES / "coffee.png").convert("RGB").crop((180, 60, 436, 316)))


def run(settings: GenerationSettings, target: Path, hear=lambda event: None) -> list[object]:
    """All that is told, and the file."""
    events: list[object] = []

    def on_event(event: object) -> None:
        events.append(event)
        hear(event)

    make_clip(FittedPhoto(PHOTO), settings, target, StageClock(on_event), RunConfig())
    return events


def pixels(events: list[object], kind: type = VideoFrame) -> list[Pixels]:
    return [event.pixels for event in events if isinstance(event, kind)]


@pytest.fixture(scope="module")
def smooth(tmp_path_factory, own_home_of_module) -> tuple[Path, list[object]]:
    """A draft of 4 frames at 6 a second, at 24."""
    target = tmp_path_factory.mktemp("smooth") / "video.mp4"
    return target, run(SMOOTH, target)


@pytest.fixture(scope="module")
def own_home_of_module(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        home = tmp_path_factory.mktemp("smooth-home")
        (home / "numbers.json").write_text(known_numbers())
        (home / "rates.json").write_text('{"cpu": {"product": 1e11}}')
        patch.setenv("VIDEOAI_HOME", str(home))
        yield


def test_originals_are_untouched_and_the_last_one_rests(smooth):
    _, events = smooth
    originals, shown = pixels(events, Frame), pixels(events)
    assert len(shown) == 16
    assert all(np.array_equal(shown[4 * index], original) for index, original in enumerate(originals))
    assert all(np.array_equal(frame, originals[-1]) for frame in shown[12:])


def test_what_is_between_moves_on_evenly(smooth):
    """Each new frame is nearer to the original before it, the earlier it is; and to that behind it, the later."""
    _, events = smooth
    shown = [frame.astype(float) for frame in pixels(events)]
    far = [float(np.abs(frame - shown[4]).mean()) for frame in shown[4:9]]
    near = [float(np.abs(frame - shown[8]).mean()) for frame in shown[4:9]]
    assert far == sorted(far)
    assert near == sorted(near, reverse=True)


def test_the_file_plays_as_long_as_the_model_s_clip_would(smooth):
    target, _ = smooth
    with av.open(str(target)) as movie:
        stream = movie.streams.video[0]
        assert stream.average_rate == 24
        assert sum(1 for _ in movie.decode(video=0)) == 16
        assert stream.duration * stream.time_base == Fraction(4, 6)


def test_the_file_says_what_the_model_made_and_what_the_video_is(smooth):
    said = read_metadata(smooth[0])
    assert {name: said["settings"][name] for name in ("frames", "fps", "smooth")} == {
        "frames": 4,
        "fps": 6,
        "smooth": 24,
    }
    assert said["video"] == {"width": 256, "height": 256, "frames": 16, "fps": 24, "seconds": 0.667}
    assert said["settings"]["compute"] == "fp32"


def test_like_restores_it(smooth):
    settings = Request.of({}, {"like": str(smooth[0])}).settings((600, 400))
    assert (settings.fps, settings.frames, settings.smooth) == (6, 4, 24)
    without = Request.of({"smooth": "off"}, {"like": str(smooth[0])}).settings((600, 400))
    assert without.smooth is None


def test_begun_again_it_is_the_same_file(smooth, tmp_path):
    target, _ = smooth
    run(SMOOTH, tmp_path / "again.mp4")
    assert (tmp_path / "again.mp4").read_bytes() == target.read_bytes()


def test_its_stage_tells_how_far_the_run_is(smooth):
    _, events = smooth
    stages = [event for event in events if isinstance(event, Stage)]
    assert [stage.name for stage in stages] == ["depth", "frames", "smooth", "encode"]
    since = events[events.index(Stage("smooth", 16)) :]
    steps = [event.index for event in since if isinstance(event, Step)]
    assert steps == sorted(steps)
    assert steps[-1] == 16


def test_it_takes_its_own_time_and_the_engine_the_engine_s(tmp_path):
    clock = StageClock(lambda event: None)
    make_clip(FittedPhoto(PHOTO), SMOOTH, tmp_path / "video.mp4", clock, RunConfig())
    seconds = clock.finish()
    assert {"depth", "frames", "smooth", "encode"} <= set(seconds)
    assert seconds["smooth"] > seconds["encode"]


def test_it_is_heard_before_each_block_of_the_network_so_that_a_cancel_is(tmp_path):
    class Cancelled(Exception):
        pass

    heard: list[int] = []

    def hear(event: object) -> None:
        if isinstance(event, Stage) and event.name == "smooth":
            heard.append(0)
        elif heard and isinstance(event, Step):
            heard.append(event.index)
            if heard.count(1) == 3:  # the first frame is done; in the middle of the second
                raise Cancelled

    with pytest.raises(Cancelled):
        run(SMOOTH, tmp_path / "video.mp4", hear)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("one_way")
def test_a_loop_closes_and_no_other_clip_does(tmp_path):
    shown = pixels(run(replace(SMOOTH, loop="boomerang"), tmp_path / "loop.mp4"))
    assert len(shown) == 24
    assert video_clip(replace(SMOOTH, loop="boomerang")) == Clip(256, 256, 24, 24, loops=True, mirrored=True)
    assert all(np.array_equal(shown[12 + index], shown[12 - index]) for index in range(12)), (
        "there and back is the same"
    )
    last, first = shown[20].astype(float), shown[0].astype(float)
    for frame in shown[21:]:
        assert np.abs(frame - last).mean() < np.abs(first - last).mean()
        assert np.abs(frame - first).mean() < np.abs(first - last).mean()
        assert not np.array_equal(frame, shown[20])


@pytest.mark.parametrize(("suffix", "tick"), [(".mp4", Fraction(1, 10**6)), (".webm", Fraction(1, 500))])
@pytest.mark.parametrize("frames", [5, 18])
def test_a_length_that_no_whole_number_of_frames_fills_is_kept_all_the_same(tmp_path, suffix, tick, frames):
    count, last = smoothed_length(frames, 7, 9)
    shown = (np.roll(PHOTO, 3 * index, 1) for index in range(count))  # it moves, and so is written out of order
    video = write_video(tmp_path / f"clip{suffix}", shown, 9, last=last)
    with av.open(str(video)) as movie:
        stream = movie.streams.video[0]
        length = Fraction(movie.duration, 10**6) if stream.duration is None else stream.duration * stream.time_base
        assert sum(1 for _ in movie.decode(video=0)) == count
    assert last != 1
    assert abs(length - Fraction(frames, 7)) <= tick


@pytest.mark.parametrize("smooth", [6, 5, 3])
def test_no_fewer_frames_a_second_than_there_are(smooth):
    with pytest.raises(BadSettings, match="has 6 frames a second already"):
        Request.of({"smooth": smooth, "fps": 6}, {})


def test_it_holds_two_frames_and_asks_for_the_next_when_it_needs_it():
    asked: list[int] = []

    def frames():
        for index in range(4):
            asked.append(index)
            yield PHOTO

    made = Smooth().finish(frames(), Clip(256, 256, 4, 6), SMOOTH, lambda event: None)
    next(made)
    assert asked == [0, 1]
    next(made)
    assert asked == [0, 1]
    made.close()


def test_the_plan_counts_it():
    plain, smoothed = (Planner(settings).make_plan(8 << 30) for settings in (DRAFT, SMOOTH))
    assert [stage.name for stage in smoothed.stages] == ["frames", "smooth"]
    assert smoothed.stages[0].peak_bytes > plain.stages[0].peak_bytes
    assert smoothed.peak_bytes < 1.2 * 2**30
    assert smoothed.seconds > plain.seconds


@pytest.mark.slow
def test_a_run_that_is_killed_while_it_smooths_begins_again_and_gives_the_same_file(tmp_path, own_home):
    def start(name: str) -> subprocess.Popen[str]:
        # Many frames, so that it is not done before it is killed.
        settings = ("--model", "draft", "--width", "256", "--height", "256", "--frames", "6", "--seed", "1")
        words = (*settings, "--smooth", "120", "--output", name)
        command = [sys.executable, ROOT / "generate_video.py", EXAMPLES / "coffee.png", *words]
        return subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    killed = start("killed.mp4")
    next(line for line in killed.stderr if "Smoothing" in line)
    for process in psutil.Process(killed.pid).children(recursive=True):
        if "videoai.jobs.worker" in " ".join(process.cmdline()):
            process.kill()
    said = killed.communicate()[1]
    assert killed.returncode == 0, said
    assert "SIGKILL" in said
    whole = start("whole.mp4")
    assert "SIGKILL" not in whole.communicate()[1]
    assert (tmp_path / "killed.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()
