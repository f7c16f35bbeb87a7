"""Enlarging as a part of a run: size and settings of the video, the plan, cancelling, going on after a kill."""

from __future__ import annotations

import re
import signal
import subprocess
import sys
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import psutil
import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.disks import fill, mounted
from videoai import generate
from videoai.engine_run import RunConfig, StageClock
from videoai.engines.processor import Processor
from videoai.errors import WriteFailed
from videoai.events import Stage, Step, VideoFrame
from videoai.finishing.boomerang import Boomerang
from videoai.finishing.enlarge import Enlarge
from videoai.finishing.registry import model_clip, video_clip
from videoai.media.fitted_photo import FittedPhoto
from videoai.media.frame_file import gathered
from videoai.media.metadata import read_metadata
from videoai.memory.planner import Planner
from videoai.pipeline import make_clip
from videoai.request import Request
from videoai.settings import GenerationSettings

PHOTO = EXAMPLES / "coffee.png"
SMALL = {"model": "draft", "width": 256, "height": 256, "frames": 4, "seed": 1}
ASKED = GenerationSettings(**SMALL, enlarge="2")
PIXELS = np.random.default_rng(1).integers(0, 255, (256, 256, 3), dtype=np.uint8)


def test_the_video_is_larger_and_says_how_it_was_made(tmp_path):
    video = generate(PHOTO, tmp_path / "large.mp4", **SMALL, enlarge=2)
    assert (video.settings.width, video.to_dict()["video"]["width"], video.to_dict()["video"]["height"]) == (
        256,
        512,
        512,
    )
    with av.open(str(video.path)) as movie:
        frames = [frame.to_ndarray(format="rgb24") for frame in movie.decode(video=0)]
        assert movie.streams.video[0].average_rate == Fraction(6)
    assert [frame.shape for frame in frames] == [(512, 512, 3)] * 4
    said = read_metadata(video.path)["settings"]
    assert (said["width"], said["enlarge"], said["compute"]) == (256, "2", "fp32")
    again = Request.of({}, {"like": video.path}).settings((600, 400))
    assert (again.enlarge, again.width, again.seed) == ("2", 256, 1)
    twice = generate(PHOTO, tmp_path / "again.mp4", like=video.path)
    assert twice.path.read_bytes() == video.path.read_bytes()


def test_a_still_does_not_flicker():
    frames = (PIXELS[:40, :56] for _ in range(3))
    made = list(Enlarge().finish(frames, replace(model_clip(ASKED), width=56, height=40), fp32("4"), lambda e: None))
    assert [frame.shape for frame in made] == [(160, 224, 3)] * 3
    assert all(np.array_equal(frame, made[0]) for frame in made)


@pytest.mark.parametrize("count", [3, 4])
def test_the_way_back_is_not_enlarged_again(count):
    there = [np.roll(PIXELS[:40, :56], 3 * index, 1) for index in range(count)]
    clip = Boomerang().clip(replace(model_clip(ASKED), width=56, height=40, frames=count), ASKED)
    whole, heard = [*there, *there[-2:0:-1]], []
    made = list(Enlarge().finish(iter(whole), clip, fp32("2"), heard.append))
    each = list(Enlarge().finish(iter(whole), replace(clip, mirrored=False), fp32("2"), lambda event: None))
    assert len(made) == clip.frames == 2 * count - 2
    assert all(np.array_equal(*pair) for pair in zip(made, each, strict=True))
    tiles = sum(isinstance(event, Step) for event in heard) - clip.frames
    alone: list[object] = []
    list(Enlarge().finish(iter(there[:1]), replace(clip, frames=1, mirrored=False), fp32("2"), alone.append))
    assert tiles == count * (sum(isinstance(event, Step) for event in alone) - 1)


def test_the_way_back_is_not_counted_but_for_the_disk():
    loop = replace(ASKED, loop="boomerang", compute="fp32")
    clip = Boomerang().clip(model_clip(loop), loop)
    plain = replace(clip, mirrored=False)
    work, whole = (Enlarge().workloads(each, loop)["enlarge"].flop for each in (clip, plain))
    assert work == pytest.approx(whole * 4 / 6)
    assert Enlarge().waiting_bytes(clip, loop) - Enlarge().waiting_bytes(plain, loop) == 2 * 3 * 512 * 512


@pytest.mark.parametrize(("fps", "smooth", "mirrored"), [(6, 24, True), (6, 30, True), (7, 30, False), (3, 7, True)])
@pytest.mark.usefixtures("one_way")
def test_a_smoothed_boomerang_comes_back_through_the_same_frames_where_it_turns_on_one(fps, smooth, mirrored):
    asked = replace(ASKED, fps=fps, smooth=smooth, loop="boomerang", compute="fp32")
    assert video_clip(asked).mirrored is mirrored


def fp32(enlarge: str) -> GenerationSettings:
    return replace(ASKED, compute="fp32", enlarge=enlarge)


def test_its_stage_comes_after_the_frames_and_counts_them(tmp_path):
    heard: list[object] = []
    make_clip(FittedPhoto(PIXELS), ASKED, tmp_path / "video.mp4", StageClock(heard.append), RunConfig())
    assert [event.name for event in heard if isinstance(event, Stage)] == ["depth", "frames", "enlarge", "encode"]
    begun = next(index for index, event in enumerate(heard) if isinstance(event, Stage) and event.name == "enlarge")
    steps = [event.index for event in heard[begun:] if isinstance(event, Step)]
    assert steps == sorted(steps)
    assert steps[-1] == 4
    assert len(steps) > 3 * 4, "it is told of each tile, for whoever wants to cancel"


def test_who_cancels_in_the_middle_of_a_frame_does_not_wait_for_it(tmp_path):
    class Enough(BaseException):
        pass

    heard: list[object] = []

    def hear(event: object) -> None:
        heard.append(event)
        if heard[-2:] == [Stage("enlarge", 4), Step(0)]:
            raise Enough

    with pytest.raises(Enough):
        make_clip(FittedPhoto(PIXELS), ASKED, tmp_path / "video.mp4", StageClock(hear), RunConfig())
    assert not any(isinstance(event, VideoFrame) for event in heard)
    assert list(tmp_path.iterdir()) == []


def test_it_is_planned():
    plain, twice, four = (replace(ASKED, enlarge=times) for times in ("off", "2", "4"))
    assert [video_clip(each).width for each in (plain, twice, four)] == [256, 512, 1024]
    speeds = {"fp32": Planner(twice).speed(next(Planner(twice).plans()))}
    plans = [Planner(each, processor=Processor(), speeds=speeds).make_plan(1 << 30) for each in (plain, twice, four)]
    stages = [{stage.name: stage for stage in plan.stages} for plan in plans]
    assert "enlarge" not in stages[0]
    assert stages[1]["enlarge"].peak_bytes < stages[2]["enlarge"].peak_bytes < 1 << 30
    assert stages[2]["enlarge"].seconds == pytest.approx(5 * stages[1]["enlarge"].seconds)
    assert not Planner(twice, processor=Processor()).make_plan(300 << 20).fits


def test_frames_wait_in_a_file_and_a_full_disk_is_said(tmp_path, monkeypatch):
    frames = [PIXELS, PIXELS[::-1], PIXELS[:, ::-1]]
    with gathered(iter(frames), 256, 256) as kept:
        assert len(kept) == 3
        assert all(np.array_equal(kept[index], frames[index]) for index in (2, 0, 1))
        with pytest.raises(IndexError):
            kept[3]
    with mounted(tmp_path / "disk") as disk:
        monkeypatch.setenv("VIDEOAI_HOME", str(disk / "data"))
        (disk / "data" / "temporary").mkdir(parents=True)
        fill(disk)
        with pytest.raises(WriteFailed), gathered(iter(frames), 256, 256):
            pass


def test_a_kill_while_it_enlarges_gives_the_same_bytes(tmp_path, own_home):
    """kill -9 of the process that computes: the next begins again."""

    def command(name: str) -> list[str]:
        flags = [f"--{name}={value}" for name, value in SMALL.items()]
        return [sys.executable, str(ROOT / "generate_video.py"), str(PHOTO), *flags, "--enlarge=2", f"--output={name}"]

    subprocess.run(command("whole.mp4"), cwd=tmp_path, check=True, capture_output=True)
    with subprocess.Popen(command("killed.mp4"), cwd=tmp_path, stderr=subprocess.PIPE, text=True) as run:
        for line in run.stderr:
            if "Enlarging" in line:
                break
        (worker,) = [p for p in psutil.Process(run.pid).children(recursive=True) if "worker" in " ".join(p.cmdline())]
        worker.send_signal(signal.SIGKILL)
        said = run.stderr.read()
        assert run.wait() == 0, said
    assert re.search("Enlarging", said), said
    assert (tmp_path / "killed.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["killed.mp4", "whole.mp4"]
    assert not list(Path(own_home / "data").glob("temporary/*"))
