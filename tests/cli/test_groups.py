"""Verbs that are left out, mistyped, or given to the script that is there for one of them."""

from __future__ import annotations

import json
import os
import pty
import re
import shutil
import subprocess
import sys

import pytest

from tests.conftest import EXAMPLES, ROOT


@pytest.mark.parametrize(("verb", "said"), [("jobs", "You haven't made a video yet."), ("models", "svd-xt-1.1")])
def test_jobs_and_models_alone_list(inside, verb, said):
    alone = inside(verb)
    assert (alone.returncode, alone.stderr) == (0, "")
    assert said in alone.stdout
    assert alone.stdout == inside(verb, "list").stdout
    assert isinstance(json.loads(inside(verb, "--json").stdout), list)
    assert inside(verb, "--help").stdout.startswith(f"Usage: videoai {verb} [OPTIONS] COMMAND")
    assert inside(verb, "lst").returncode == 2


@pytest.mark.parametrize(("typed", "meant"), [("job", "jobs"), ("modles", "models"), ("Resume", "resume")])
def test_a_mistyped_verb_is_no_photo_that_is_not_there(inside, typed, meant):
    for words in ([typed], ["generate", typed]):
        done = inside(*words)
        assert done.returncode == 2
        assert f"There is no file and no command “{typed}”. Did you mean {meant}?" in done.stderr


def test_a_photo_of_such_a_name_is_a_photo(inside, tmp_path):
    shutil.copy(EXAMPLES / "coffee.png", tmp_path / "job")
    done = inside("job", "--model", "draft", "--dry-run")
    assert (done.returncode, done.stderr) == (0, "")
    for name in ("beach", "foto"):
        assert f"There is no file {name}." in inside(name, "--model", "draft").stderr


def test_the_script_of_the_guide_knows_the_verbs_too(cli, tmp_path):
    assert "You haven't made a video yet." in cli("jobs").stdout
    assert "Did you mean jobs?" in cli("job").stderr
    (tmp_path / "jobs").mkdir()
    assert "There are no photos in jobs." in cli("jobs").stderr, "what is there is meant"
    assert cli("--help").stdout.startswith("Usage: videoai generate [OPTIONS] PHOTO…")


def test_a_model_without_files_says_so(inside):
    for verb, said in (("verify", "nothing to verify"), ("path", "it has no files")):
        done = inside("models", verb, "draft")
        assert done.returncode == 2
        assert said in done.stderr
        assert "pull" not in done.stderr


def test_the_last_line_on_a_terminal_says_where_the_video_is(tmp_path):
    shutil.copy(EXAMPLES / "coffee.png", tmp_path / "photo.png")
    words = ["photo.png", "--model", "draft", "--frames", "4", "--width", "256", "--height", "256"]
    ours, theirs = pty.openpty()
    command = [sys.executable, str(ROOT / "generate_video.py"), *words, "--output", "clip.mp4"]
    environment = os.environ | {"TERM": "xterm"}
    with subprocess.Popen(command, cwd=tmp_path, stdout=theirs, stderr=theirs, env=environment):
        os.close(theirs)
        said = b""
        while piece := _read(ours):
            said += piece
    os.close(ours)
    lines = [line for line in re.sub(rb"\x1b\[[0-9;?]*[a-zA-Z]", b"", said).decode().split("\n") if line.strip()]
    assert lines[-1].strip() == "Wrote: clip.mp4"
    assert "256×256, 4 frames at 6 fps" in lines[-2]


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # Linux's end of a pseudo terminal
        return b""
