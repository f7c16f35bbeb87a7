"""videoai finish: whole processes, clips of ours and of others, killed and gone on with."""

from __future__ import annotations

import json
import os
import signal
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.conftest import EXAMPLES
from tests.disks import mounted
from tests.jobs.commands import start, wait_for, worker_of
from videoai import generate
from videoai.cli.finish import _ROWS
from videoai.finishing.registry import finishing_parameters
from videoai.history.folder import kept_bytes, kept_frames
from videoai.media.metadata import read_metadata
from videoai.media.photo import read_photo
from videoai.media.video import write_video
from videoai.system import paths

SMALL = ["--width", 256, "--height", 256, "--frames", 4, "--model", "draft", "--seed", 3]


@pytest.fixture
def strange(tmp_path) -> Path:
    """A clip of 96×64 at 30000/1001 frames a second, of which nobody knows how it was made."""
    wide = read_photo(EXAMPLES / "chelsea.png").fitted(128, 64)
    frames = (np.ascontiguousarray(wide[:, 2 * i : 2 * i + 96]) for i in range(9))
    return write_video(tmp_path / "strange.mp4", frames, Fraction(30000, 1001))


def rate_and_count(path: Path) -> tuple[Fraction, int, tuple[int, int]]:
    with av.open(str(path)) as film:
        stream = film.streams.video[0]
        return stream.guessed_rate, sum(1 for _ in film.decode(stream)), (stream.width, stream.height)


@pytest.mark.parametrize("loop", ["off", "crossfade"])
def test_a_draft_that_comes_round_stays_so_and_says_it(store, videoai, tmp_path, loop):
    words = ("--model", "draft", "--width", 256, "--height", 256, "--frames", 6, "--seed", 3, "--loop", "boomerang")
    videoai(EXAMPLES / "coffee.png", *words, "--output", tmp_path / "round.mp4")
    done = videoai("finish", store.jobs()[0].id, "--loop", loop, "--output", tmp_path / "again.mp4", "--json")
    assert json.loads(done.stdout)["video"]["frames"] == 6
    told = read_metadata(tmp_path / "again.mp4")["settings"]
    assert told["loop"] == ("boomerang" if loop == "off" else loop), "so that --like makes it again"


def test_a_video_of_ours_is_what_it_would_have_been_had_it_been_finished_at_once(
    cli, videoai, outputs, tmp_path, store
):
    first = cli(EXAMPLES / "coffee.png", *SMALL)
    assert first.returncode == 0, first.stderr
    again = videoai(
        "finish", outputs / "coffee-draft-3.mp4", "--smooth", 9, "--output", tmp_path / "again.mp4", "--json"
    )
    assert again.returncode == 0, again.stderr
    said = json.loads(again.stdout)
    assert said["path"] == str(tmp_path / "again.mp4")
    assert (said["settings"]["seed"], said["settings"]["smooth"]) == (3, 9)
    assert said["video"] == {"width": 256, "height": 256, "frames": 6, "fps": 9, "seconds": 0.667}
    assert {"read", "smooth"} <= {*said["seconds"]}
    assert "frames kept of job" in again.stderr
    settings = {"width": 256, "height": 256, "frames": 4, "model": "draft", "seed": 3, "smooth": 9}
    whole = generate(EXAMPLES / "coffee.png", tmp_path / "whole.mp4", **settings)
    assert (tmp_path / "again.mp4").read_bytes() == whole.path.read_bytes()
    new, old = store.jobs()
    assert kept_bytes(new.id) == kept_bytes(old.id) > 0
    assert kept_frames(new.id)[0].samefile(kept_frames(old.id)[0]), "they take their place once"


def test_a_video_of_ours_whose_frames_are_gone_keeps_its_settings(cli, videoai, outputs, store):
    cli(EXAMPLES / "coffee.png", *SMALL, "--smooth", 9)
    for path in kept_frames(store.jobs()[0].id):
        path.unlink()
    again = videoai("finish", store.jobs()[0].id[:8], "--loop", "boomerang")
    assert again.returncode == 0, again.stderr
    assert "The frames of coffee-draft-3.mp4 are finished as they are in the file." in again.stderr
    found = read_metadata(outputs / "coffee-draft-3-finished.mp4")
    told = {name: found["settings"].get(name) for name in ("seed", "model", "smooth", "loop", "frames")}
    assert told == {"seed": 3, "model": "draft", "smooth": 9, "loop": "boomerang", "frames": 4}
    assert (found["video"]["frames"], found["video"]["fps"]) == (10, 9)
    assert rate_and_count(outputs / "coffee-draft-3-finished.mp4") == (9, 10, (256, 256))


def test_a_video_of_somebody_elses_says_only_how_it_was_finished(cli, videoai, outputs, strange, store):
    before = strange.read_bytes()
    result = videoai("finish", strange, "--enlarge", 2, "--loop", "boomerang", "--json")
    assert result.returncode == 0, result.stderr
    path = outputs / "strange-finished.mp4"
    assert rate_and_count(path) == (Fraction(30000, 1001), 16, (192, 128))
    found = read_metadata(path)
    assert {*found["settings"]} == {"enlarge", "loop", "compute"}
    assert found["video"] == {"width": 192, "height": 128, "frames": 16, "fps": 29.97, "seconds": 0.534}
    said = json.loads(result.stdout)
    assert (said["model"], said["video"]) == (None, found["video"])
    assert strange.read_bytes() == before
    (job,) = store.jobs()
    assert {*job.settings} == {"enlarge", "loop", "smooth", "compute"} | {*job.settings}
    assert "model" not in job.settings
    assert not list(paths.job_folder(job.id).glob("source.*")), "it is not kept twice"
    assert "strange.mp4" in videoai("jobs", "list").stdout
    assert videoai("jobs", "show", job.id).returncode == 0
    like = cli(EXAMPLES / "coffee.png", "--like", path, *SMALL, "--enlarge", "off")
    assert like.returncode == 0, like.stderr


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ([], "You didn't name a video"),
        (["{clip}"], "You didn't say how to finish the video"),
        (["{clip}", "--enlarge", "off"], "You didn't say how to finish the video"),
        (["{clip}", "--smooth", "20"], "smooth is 20, but the clip has 29 frames a second"),
        (["{clip}", "--smooth", "soon"], "smooth is “soon”"),
        (["{clip}", "--seed", "4"], "No such option"),
        (["{clip}", "--smooth", "60", "--output", "{clip}"], "would replace"),
        (["{clip}", "--smooth", "60", "--output", "x-{{seed}}.mp4"], "cannot contain its seed"),
        (["nobody", "--smooth", "60"], "neither a video nor a job"),
        (["{photo}", "--smooth", "60"], "is a PNG, not a video VideoAi can finish"),
    ],
)
def test_what_cannot_be_done_is_a_sentence(inside, strange, outputs, words, why):
    result = inside("finish", *(word.format(clip=strange, photo=EXAMPLES / "coffee.png") for word in words))
    assert result.returncode == 2
    assert why in result.stderr
    assert "Traceback" not in result.stderr
    assert not outputs.exists()


def test_an_estimate_makes_nothing(inside, strange, outputs):
    result = inside("finish", strange, "--smooth", 60, "--enlarge", 4, "--dry-run", "--json")
    assert result.returncode == 0, result.stderr
    found = json.loads(result.stdout)
    assert [stage["name"] for stage in found["stages"]] == ["read", "smooth", "enlarge"]
    assert (found["video"]["width"], found["video"]["fps"]) == (384, 60)
    assert not outputs.exists()


def test_one_that_cannot_be_used_does_not_stop_the_others(inside, strange, tmp_path, outputs):
    (tmp_path / "broken.mp4").write_bytes(b"no film")
    result = inside("finish", tmp_path / "broken.mp4", strange, "--loop", "boomerang")
    assert result.returncode == 2
    assert "broken.mp4" in result.stderr
    assert (outputs / "strange-finished.mp4").exists()


def test_settings_that_do_not_suit_one_clip_do_not_stop_the_others(inside, strange, tmp_path, outputs):
    swift = write_video(tmp_path / "swift.mp4", [np.zeros((64, 96, 3), np.uint8)] * 4, Fraction(60))
    result = inside("finish", swift, strange, "--smooth", 60)
    assert result.returncode == 2
    assert "swift.mp4 (1 of 2): smooth is 60" in result.stderr
    assert rate_and_count(outputs / "strange-finished.mp4")[0] == 60


def test_clips_of_one_call_end_as_the_videos_of_a_batch_do(videoai, strange, tmp_path):
    """A full disk befalls all: what waits is not tried, and there is a tally."""
    noise = np.random.default_rng(0).integers(0, 255, (512, 512, 3), np.uint8)
    large = write_video(tmp_path / "large.mp4", [noise] * 30, Fraction(30))
    words = ("--hold", 1, "--encoder", "prores", "--json")
    with mounted(tmp_path / "disk", "2m") as disk:
        result = videoai("finish", tmp_path / "none.mp4", large, strange, *words, "--output", disk / "{stem}.mov")
        assert not list(disk.iterdir())
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert [(each["state"], Path(each["clip"]).name) for each in told] == [
        ("failed", "none.mp4"),
        ("failed", "large.mp4"),
        ("skipped", strange.name),
    ]
    assert result.returncode == 1  # they did not all fail of the same
    assert "3 videos: 0 done, 2 failed, 1 skipped." in result.stderr


def test_killed_in_the_middle_it_goes_on_to_the_same_bytes_though_the_source_is_gone(store, strange, tmp_path, videoai):
    whole = videoai("finish", strange, "--enlarge", 2, "--output", tmp_path / "whole.mp4")
    assert whole.returncode == 0, whole.stderr
    run = start("finish", strange, "--enlarge", 2, "--output", tmp_path / "killed.mp4")
    job = wait_for(store, lambda job: job.state == "running" and job.stage == "enlarge")
    strange.rename(tmp_path / "elsewhere.mp4")
    os.kill(worker_of(job).pid, signal.SIGKILL)
    _, said = run.communicate(timeout=100)
    assert run.returncode == 0, said
    assert store.get(job.id).attempt == 2
    assert (tmp_path / "killed.mp4").read_bytes() == (tmp_path / "whole.mp4").read_bytes()


def test_one_begun_anew_keeps_the_frames_that_it_finishes(cli, videoai, store, tmp_path):
    cli(EXAMPLES / "coffee.png", *SMALL)
    run = start("finish", store.jobs()[0].id, "--enlarge", 2, "--output", tmp_path / "clip.mp4")
    job = wait_for(store, lambda job: job.stage == "enlarge")
    os.kill(run.pid, signal.SIGINT)
    run.communicate(timeout=100)
    assert store.get(job.id).state == "cancelled"
    again = videoai("jobs", "retry", job.id)
    assert again.returncode == 0, again.stderr
    assert {"read", "enlarge"} <= {*store.get(job.id).seconds}
    assert "frames" not in store.get(job.id).seconds


def test_its_flags_are_those_of_the_finishers():
    assert _ROWS.keys() == finishing_parameters()
