"""Several videos of one call, as processes: what is said of them, and what is left when it ends early."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.disks import mounted
from tests.faults.test_interrupts import wait_for_line
from videoai.history.store import JobStore
from videoai.media.metadata import read_metadata
from videoai.system import paths

COFFEE, ROCKET = EXAMPLES / "coffee.png", EXAMPLES / "rocket.jpg"
SMALL = ("--model", "draft", "--width", "256", "--height", "256", "--frames", "4")


def states() -> list[str]:
    return [job.state for job in reversed(JobStore(paths.database()).jobs())]


def test_seeds_make_variations_and_a_sheet_of_them(videoai, tmp_path):
    done = videoai(COFFEE, *SMALL, "--seed", 7, "--seeds", 2, "--output", "clips/{stem}-{seed}.mp4", "--sheet", "all")
    assert done.returncode == 0, done.stderr
    names = ["clips/coffee-7.mp4", "clips/coffee-8.mp4", "all.html", "all.jpg"]
    assert done.stdout.splitlines() == [f"Wrote: {name}" for name in names]
    assert [read_metadata(tmp_path / name)["settings"]["seed"] for name in names[:2]] == [7, 8]
    assert done.stderr.index("2 videos: about ") < done.stderr.index("coffee.png, seed 7 (1 of 2): Drawing the frames")
    assert done.stderr.splitlines()[-1] == "2 videos: 2 done."
    assert 'src="./clips/coffee-8.mp4"' in (tmp_path / "all.html").read_text()


LIST = f"""photo,frames,memory_limit,output
{COFFEE},,100M,a.mp4
{ROCKET},8,100M,b.mp4
{ROCKET},,,c.mp4
"""


def test_one_that_fails_does_not_stop_the_others(videoai, tmp_path):
    done = videoai("--jobs", "-", *SMALL, "--json", input=LIST)
    clips = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(clip["index"], Path(clip["photo"]).name, clip["state"]) for clip in clips] == [
        (1, "coffee.png", "failed"),
        (2, "rocket.jpg", "skipped"),
        (3, "rocket.jpg", "done"),
    ]
    assert [clip.get("error", {}).get("code") for clip in clips] == ["not_enough_memory"] * 2 + [None]
    assert done.returncode == 4
    assert [path.name for path in tmp_path.glob("*.mp4")] == ["c.mp4"]
    tally = done.stderr[done.stderr.index("3 videos: 1 done, 1 failed, 1 skipped.\n") :]
    assert "coffee.png (1 of 3): This video needs at least" in tally
    assert tally.endswith("To continue with those that are not done: videoai resume\n")
    assert states() == ["failed", "cancelled", "done"]


def test_ctrl_c_says_what_is_left_and_resume_makes_it(videoai, tmp_path):
    command = [sys.executable, str(ROOT / "generate_video.py"), str(COFFEE), *SMALL, "--seed", "1", "--seeds", "3"]
    with subprocess.Popen(
        [*command, "--output", "{seed}.gif", "--sheet", "all.html"],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        wait_for_line(process, "(2 of 3): ")
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    assert process.returncode == 130
    assert errors.endswith("Interrupted: 1 of 3 videos are done; to continue with the others: videoai resume.\n")
    assert states() == ["done", "cancelled", "cancelled"]
    again = videoai("resume")
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "all.html").read_text().count('<img src="./') == 3
    assert sorted(path.name for path in tmp_path.glob("*.gif")) == ["1.gif", "2.gif", "3.gif"]
    assert states() == ["done"] * 3


def test_what_goes_on_draws_its_own_sheet_anew_and_nobody_elses(inside, tmp_path):
    with mounted(tmp_path / "disk", "100k") as disk:
        (tmp_path / "l.csv").write_text(f"photo,output\n{COFFEE},a.gif\n{COFFEE},{disk}/b.gif\n")
        failed = inside("--jobs", "l.csv", *SMALL, "--force", "--sheet", "all.html")
        assert (failed.returncode, failed.stdout.splitlines()[-1]) == (1, "Wrote: all.html"), failed.stderr
        (tmp_path / "all.html").rename(tmp_path / "mine.html")
        (tmp_path / "all.html").write_text("mine")
        again = inside("resume")
        assert again.returncode == 1, "the disk is as full as before"
        assert (tmp_path / "all.html").read_text() == "mine"
        assert "all-2.html" in again.stdout
    (tmp_path / "mine.html").replace(tmp_path / "all.html")
    done = inside("resume", "--output", "b.gif")
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, f"Wrote: {tmp_path / 'all.html'}"), done.stderr
    assert (tmp_path / "all.html").read_text().count('<img src="./') == 2


@pytest.mark.slow
def test_a_batch_that_was_killed_waits_and_is_resumed(videoai, tmp_path):
    command = [sys.executable, str(ROOT / "generate_video.py"), str(COFFEE), *SMALL, "--seed", "1", "--seeds", "3"]
    with subprocess.Popen(
        [*command, "--output", "{seed}.gif"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        wait_for_line(process, "(2 of 3): Drawing")
        process.kill()
    assert videoai("resume").returncode == 0
    assert sorted(path.name for path in tmp_path.glob("*.gif")) == ["1.gif", "2.gif", "3.gif"]


def test_a_disk_that_is_full_stops_all_of_it(videoai, tmp_path):
    with mounted(tmp_path / "disk", "100k") as disk:
        words = ("--model", "draft", "--seed", 1, "--seeds", 3, "--force", "--output", f"{disk}/{{seed}}.mp4")
        done = videoai(COFFEE, *words)
        assert done.returncode == 1, done.stderr
        assert "3 videos: 0 done, 1 failed, 2 skipped.\n" in done.stderr
        assert list(disk.iterdir()) == []
    assert states() == ["failed", "cancelled", "cancelled"]


def test_too_small_a_disk_is_told_before_anything_begins(inside, tmp_path):
    with mounted(tmp_path / "disk", "2m") as disk:
        words = ("--model", "draft", "--seed", 1, "--seeds", 20, "--output", f"{disk}/{{seed}}.mp4")
        for more in ((), ("--dry-run",)):
            done = inside(COFFEE, *words, *more)
            assert done.returncode == 1
            assert f"Making these videos needs 9 MB on the disk of {disk}, but only 2 MB is free" in done.stderr
            assert "--force" in done.stderr
    assert states() == []
    assert list(paths.jobs().glob("*")) == []


def test_the_whole_list_is_wrong_before_anything_begins(inside, tmp_path):
    (tmp_path / "cut.png").write_bytes(COFFEE.read_bytes()[:5000])
    (tmp_path / "l.csv").write_text(f"photo,seed\n{COFFEE},1\ncut.png,2\n")
    done = inside("--jobs", "l.csv", *SMALL)
    assert (done.returncode, done.stdout) == (2, "")
    _, sentence, place, hint = done.stderr.splitlines()[-4:]
    assert sentence == "Error: There is a mistake in l.csv, so nothing was begun."
    assert place.startswith("  l.csv:3, photo: cut.png is ")
    assert hint == "  Correct the list and run the same command again."
    (tmp_path / "l.csv").write_text(f"photo,seed\n{COFFEE},x\n")
    error = json.loads(inside("--jobs", "l.csv", *SMALL, "--json").stdout)["error"]
    assert (error["code"], error["problems"][0]["line"], error["problems"][0]["column"]) == ("bad_list", 2, "seed")
    assert states() == []
    assert list(paths.jobs().glob("*")) == []


@pytest.mark.usefixtures("one_way")
def test_a_dry_run_of_several_is_a_table(inside):
    words = (COFFEE, ROCKET, "--model", "draft", "--frames", 5, "--loop", "boomerang", "--dry-run", "--memory-limit")
    done = inside(*words, "2G")
    lines = [line.split() for line in done.stdout.splitlines()]
    assert done.returncode == 0
    assert lines[0] == ["Photo", "Seed", "Size", "Frames", "Memory", "Time", "On", "the", "disk"]
    assert lines[1][:5] == ["1", "coffee.png", "–", "640×384", "8"]
    assert lines[3][0] == "total"
    *clips, total = map(json.loads, inside(*words, "2G", "--json").stdout.splitlines())
    assert [(clip["index"], clip["video"]["frames"]) for clip in clips] == [(1, 8), (2, 8)]
    assert total["total"]["count"] == 2
    assert total["total"]["file_bytes"] == sum(clip["file_bytes"] for clip in clips)
    short = inside(*words, "100M")
    assert short.returncode == 4
    assert "too much" in short.stdout
    assert "2 of 2 videos do not fit in memory." in short.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((COFFEE, "--seeds", "0", "--steps", "99"), "seeds is “0”, but it must be how many, from 1 to 100"),
        ((COFFEE, "--seeds", "2", "--output", "a.mp4"), "2 seeds would all be written"),
        ((COFFEE, ROCKET, "--jobs", "l.csv"), "one photo at most"),
        ((COFFEE, "--jobs", "nowhere.csv"), "There is no list nowhere.csv"),
        ((COFFEE, "--sheet", "a.gif"), "A sheet cannot be called a.gif"),
        (("*.heic",), "No photo matches *.heic"),
    ],
)
def test_what_cannot_be_is_said_before_any_photo_is_read(inside, words, said):
    done = inside(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Reading" not in done.stderr
