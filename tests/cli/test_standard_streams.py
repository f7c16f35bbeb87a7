"""A photo from standard input, a video to standard output, and a path that is nothing but a path."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.terminal import OnTerminal
from tests.conftest import EXAMPLES, ROOT
from videoai import generate
from videoai.errors import BadOutput
from videoai.history.store import JobStore
from videoai.jobs.submit import submit
from videoai.outputs import Output
from videoai.request import Request
from videoai.system import paths, temporary

COFFEE, ROCKET = EXAMPLES / "coffee.png", EXAMPLES / "rocket.jpg"
SMALL = {"model": "draft", "frames": 4, "width": 256, "height": 256, "seed": 1}
DRAFT = [word for name, value in SMALL.items() for word in (f"--{name}", str(value))]
PROGRAM = [sys.executable, str(ROOT / "generate_video.py")]


def jobs() -> list[str]:
    return [job.state for job in JobStore(paths.database()).jobs()]


def test_a_photo_comes_in_and_a_video_goes_out_and_nothing_stays(tmp_path, outputs):
    with COFFEE.open("rb") as photo:
        done = subprocess.run([*PROGRAM, "-", *DRAFT, "--output", "-"], stdin=photo, capture_output=True, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert done.stdout == generate(COFFEE, tmp_path / "same.mp4", **SMALL).path.read_bytes()
    assert b"photo: Drawing the frames" in done.stderr
    assert jobs() == []
    assert [*paths.jobs().iterdir()] == [*outputs.iterdir()] == [*paths.temporary().iterdir()] == []


@pytest.mark.parametrize(("words", "suffix"), [("-", ".mp4"), ("gif:-", ".gif"), ("webm:-", ".webm"), ("x:-", ".mp4")])
def test_the_kind_of_video_is_said_before_the_dash(words, suffix):
    assert (Output(words).is_stream(), Output(words).suffix()) == (words != "x:-", suffix if words != "x:-" else "")
    assert Output(words).absolute() == (Output(words) if words != "x:-" else Output(words).within(ROOT.cwd()))


def test_a_reader_that_goes_away_loses_no_video(tmp_path, outputs):
    command = " ".join(f"'{word}'" for word in [*PROGRAM, str(COFFEE), *DRAFT, "--output", "gif:-"])
    done = subprocess.run(f"({command}; echo $? >&2) | true", shell=True, capture_output=True, text=True, cwd=tmp_path)
    path = outputs / "coffee-draft-1.gif"
    assert path.read_bytes()[:3] == b"GIF"
    assert "The video is done, but could not be written to standard output: " in done.stderr
    assert done.stderr.splitlines()[-2:] == [f"  It is here: {path}", "1"]
    assert jobs() == ["done"]


def test_one_that_was_stopped_is_made_under_a_name_of_our_own(inside, outputs):
    store = JobStore(paths.database())
    job = submit(store, COFFEE, Request(SMALL, output="webp:-"), lambda event: None)
    store.end_waiting([job.id], "stopped")
    done = inside("resume")
    assert (done.returncode, done.stdout) == (0, f"Wrote: {outputs / 'coffee-draft-1.webp'}\n"), done.stderr


def test_a_terminal_gets_no_video(tmp_path):
    ours, theirs = pty.openpty()
    done = subprocess.run(
        [*PROGRAM, str(COFFEE), *DRAFT, "--output", "-"], stdout=theirs, stderr=subprocess.PIPE, cwd=tmp_path
    )
    os.close(ours)
    os.close(theirs)
    assert (done.returncode, done.stderr.splitlines()[0]) == (2, b"Error: A terminal cannot show a video.")
    run = OnTerminal(tmp_path, "-", *DRAFT)
    assert run.end()[0] == 2
    assert "Standard input is a terminal" in run.shown


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([COFFEE, ROCKET, "--output", "-"], "Only one video can go to standard output."),
        ([COFFEE, "--seeds", 2, "--output", "gif:-"], "Only one video can go to standard output."),
        ([COFFEE, "--output", "/dev/stdout"], "For standard output, use --output -"),
        ([COFFEE, "--output", "png:-"], "must end in"),
        ([COFFEE, "--output", "-", "--json"], "Standard output is for the video"),
        ([COFFEE, "--output", "-", "--print", "path"], "Standard output is for the video"),
        ([COFFEE, "--json", "--print", "path"], "With --json"),
        ([COFFEE, "--print", "name"], "path"),
        ([COFFEE, "--output", "-", "--sheet", "all"], "A sheet shows videos that are files."),
        (["-", "-"], "Standard input can only be one thing."),
        (["-", "--jobs", "-"], "Standard input can only be one thing."),
    ],
)
def test_what_cannot_be_at_once_is_said(inside, words, said):
    done = inside(*words, *DRAFT)
    assert done.returncode == 2
    assert said in done.stderr + done.stdout
    assert jobs() == []


def test_its_photo_is_called_so_when_it_goes_on(inside):
    with temporary.folder() as folder:
        photo = Path(shutil.copy(COFFEE, folder / "photo"))
        job = submit(JobStore(paths.database()), photo, Request(SMALL), lambda event: None)
    assert json.loads(inside("resume", job.id, "--json").stdout)["photo"] == "-"


def test_two_rows_of_a_list_cannot_have_standard_output(inside, tmp_path):
    (tmp_path / "l.csv").write_text(f"photo,output\n{COFFEE},-\n{ROCKET},gif:-\n")
    done = inside("--jobs", "l.csv", *DRAFT)
    assert (done.returncode, "Only one video" in done.stderr) == (2, True)


@pytest.mark.parametrize(
    ("shell", "said"),
    [
        ("head -c 67108865 /dev/zero |", b"The photo on standard input is larger than 67 MB."),
        ("true |", b"Nothing came from standard input."),
        ("exec 0<&-;", b"Nothing came from standard input."),
        ("exec 0>/dev/null;", b"standard input cannot be read: "),
        ("echo no photo |", b"photo is "),
    ],
)
def test_what_is_no_photo_is_a_sentence_and_leaves_nothing(tmp_path, shell, said):
    command = " ".join(f"'{word}'" for word in [*PROGRAM, "-", *DRAFT, "--json"])
    done = subprocess.run(shell + command, shell=True, capture_output=True, cwd=tmp_path)
    assert done.returncode == 2
    assert said in done.stdout
    assert json.loads(done.stdout).get("photo", "-") == "-"
    assert [*paths.temporary().iterdir()] == []


@pytest.mark.parametrize(("words", "code", "said"), [("--jobs -", 2, "has no rows"), ("mcp --photos .", 0, "")])
def test_an_input_that_is_closed_is_an_empty_one(tmp_path, words, code, said):
    command = " ".join(f"'{word}'" for word in [*PROGRAM, *words.split()])
    done = subprocess.run(f"{command} <&-", shell=True, capture_output=True, text=True, cwd=tmp_path)
    assert (done.returncode, said in done.stderr, "bug" in done.stderr) == (code, True, False)


def test_in_python_nothing_goes_to_standard_output():
    with pytest.raises(BadOutput, match="command line"):
        generate(COFFEE, "-", **SMALL)


def test_a_path_alone_is_printed(inside, outputs, tmp_path):
    done = inside(COFFEE, *DRAFT, "--print", "path", "--sheet", "all.html")
    assert (done.returncode, done.stdout) == (0, f"{outputs}/coffee-draft-1.mp4\n"), done.stderr
    assert (tmp_path / "all.html").exists()
    clip = inside("finish", done.stdout.strip(), "--loop", "boomerang", "--print", "path", "--output", "x.gif")
    assert clip.stdout == "x.gif\n"


def test_what_it_would_take_is_said_of_such_a_photo_too(tmp_path):
    words = [sys.executable, "-m", "videoai", "estimate", "-", *DRAFT, "--json"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with COFFEE.open("rb") as photo:
        done = subprocess.run(words, stdin=photo, capture_output=True, cwd=tmp_path, check=True, env=environment)
    assert json.loads(done.stdout)["fits"] is True
