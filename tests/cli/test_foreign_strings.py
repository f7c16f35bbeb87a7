"""Names of files and settings inside a video are anybody's: a terminal is sent none of their control characters."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest

from tests.cli.test_generate import SMALL
from tests.conftest import EXAMPLES
from tests.media.pictures import PHOTOS
from videoai import __version__
from videoai.media.video import write_video

NAME = "a\x1b]52;c;aGk=\x07\u202e\x9b2J\rb.png"
SHOWN = r"a\x1b]52;c;aGk=\x07\u202e\x9b2J\rb.png"

_OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")


def is_harmless(*results):
    assert not [found for result in results for found in _OBEYED.findall(result.stdout + result.stderr)]
    return True


@pytest.fixture
def foreign_video(tmp_path):
    def make(**settings):
        found = {"videoai": f"{__version__}\x1b[2J", "settings": settings}
        return write_video(
            tmp_path / "theirs.mp4", [np.zeros((256, 256, 3), np.uint8)] * 4, 6, comment=json.dumps(found)
        )

    return make


def test_a_photos_name_is_shown_and_not_sent(cli, videoai, tmp_path):
    shutil.copy(EXAMPLES / "chelsea.png", tmp_path / NAME)
    made = cli(NAME, *SMALL)
    assert made.returncode == 0
    assert f"{SHOWN}: " in made.stderr
    there = videoai("jobs", "list")
    assert is_harmless(made, there, videoai("jobs", "list", "--json"))
    (tmp_path / NAME).write_bytes(b"no photo")
    refused = cli(NAME, *SMALL), cli(f"no {NAME}", *SMALL), videoai("models", "import", NAME)
    assert all(SHOWN in result.stderr and result.returncode == 2 for result in refused)
    assert is_harmless(*refused)


def test_a_videos_settings_are_shown_and_not_sent(videoai, foreign_video):
    settings = {"seed": 3, "model": "\x1b]0;owned\x07", "x\r\nWrote: /etc/passwd": "\u202egnp.exe"}
    video = foreign_video(**settings)
    text, found = videoai("info", video), videoai("info", video, "--json")
    assert r"\x1b]0;owned\x07" in text.stdout
    assert text.stdout.startswith(f"Made by VideoAi {__version__}\\x1b[2J\n")
    assert "\nWrote" not in text.stdout
    assert is_harmless(text, found)
    assert json.loads(found.stdout)["settings"] == settings, "a program gets what is there"


def test_a_video_that_lies_to_the_terminal_is_read_and_not_obeyed(videoai):
    text = videoai("info", PHOTOS / "info-escape.mp4")
    assert text.returncode == 0
    assert r"\x1b]0;PWNED\x07" in text.stdout
    assert "\nWrote" not in text.stdout
    assert is_harmless(text)


def test_a_path_in_a_video_is_not_opened(cli, foreign_video, tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "model_index.json").write_text("{}")
    video = foreign_video(seed=3, model="./model")
    refused = cli(EXAMPLES / "coffee.png", "--like", video)
    assert refused.returncode == 2
    assert "was made with “./model”, a model VideoAi doesn't know." in refused.stderr
    assert "--model" in refused.stderr
    assert cli(EXAMPLES / "coffee.png", "--like", video, *SMALL).returncode == 0
