"""What is printed where nobody looks at it."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys

import pytest
from rich.table import Table

from tests.conftest import EXAMPLES, ROOT
from videoai.cli.info import lines_of
from videoai.cli.screen import tell_table
from videoai.settings import GenerationSettings


@pytest.mark.parametrize("colour", [{}, {"FORCE_COLOR": "1"}, {"TTY_COMPATIBLE": "1"}])
def test_a_pipe_shortens_and_folds_no_path(capsys, monkeypatch, colour):
    for name, value in {"COLUMNS": "5", **colour}.items():
        monkeypatch.setenv(name, value)
    path = "/home/ann/" + "a folder of many words/" * 8 + "clip.mp4"
    table = Table("Job", "Video", box=None)
    table.add_row("1", path)
    tell_table(table)
    assert path in capsys.readouterr().out


def test_settings_are_printed_as_one_writes_them_and_none_is_no_word():
    found = dict(
        line.split() for line in lines_of(GenerationSettings().to_dict() | dict.fromkeys(("glow", "width", "height")))
    )
    assert (found["extend"], found["trim"], found["guidance-interval"]) == ("off",) * 3
    assert (found["glow"], found["width"]) == ("–", "–"), "what nothing is known of"
    assert "None" not in {*found.values()}


class Terminal:
    """The command on a terminal, and what it shows there, piece by piece."""

    def __init__(self, *words: object, term: str = "xterm") -> None:
        self.pid, self._end = pty.fork()
        if self.pid == 0:
            command = [sys.executable, str(ROOT / "generate_video.py"), *map(str, words)]
            os.execve(command[0], command, os.environ | {"TERM": term})

    def read(self) -> bytes:
        try:
            return os.read(self._end, 1 << 16)
        except OSError:
            return b""

    def rest(self) -> bytes:
        said = b""
        while piece := self.read():
            said += piece
        os.waitpid(self.pid, 0)
        os.close(self._end)
        return said


def loaded(pid: int) -> str:
    """The libraries that a process has loaded."""
    with open(f"/proc/{pid}/maps", encoding="utf-8", errors="replace") as maps:
        return maps.read()


@pytest.mark.skipif(sys.platform != "linux", reason="/proc tells what a process has loaded")
def test_the_first_words_come_before_anything_heavy_is_imported_and_are_gone_with_the_next():
    run = Terminal("none.jpg", "--model", "draft")
    first = run.read()
    os.kill(run.pid, signal.SIGSTOP)  # as it is at this moment
    there = loaded(run.pid)
    os.kill(run.pid, signal.SIGCONT)
    assert first.decode() == "Getting ready…"
    assert "_sqlite3" not in there
    assert "numpy" not in there
    said = run.rest()
    assert said.startswith(b"\r\x1b[K")
    assert "There is no file none.jpg" in said.decode()


def test_where_nothing_can_be_drawn_the_first_words_have_a_line_of_their_own():
    lines = Terminal("none.jpg", "--model", "draft", term="dumb").rest().decode().splitlines()
    assert lines[0] == "Getting ready…"
    assert any("There is no file none.jpg" in line for line in lines[1:])


@pytest.mark.parametrize("words", [("--help",), ("none.jpg", "--quiet")])
def test_who_asks_for_help_or_quiet_gets_no_first_words(words):
    assert b"Getting ready" not in Terminal(*words).rest()


def test_between_the_photo_and_the_frames_something_is_said(videoai, tmp_path):
    words = ("--model", "draft", "--width", 256, "--height", 256, "--frames", 4, "--output", tmp_path / "a.mp4")
    said = videoai(EXAMPLES / "coffee.png", *words).stderr.splitlines()
    assert said[:2] == ["coffee.png: Reading the photo", "coffee.png: Getting ready"]


def test_each_verb_is_known_to_make_videos_or_not():
    """Those that make none begin without a word about it, and their interruption takes none away."""
    code = """
import videoai.cli as cli
from videoai.cli.app import videoai
makes = {verb for verb in videoai.commands if cli._makes_videos([verb])}
print(sorted(makes), sorted({*cli._WITHOUT_VIDEO} - {*videoai.commands}))
"""
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT, check=True)
    assert run.stdout == "['finish', 'generate', 'resume'] []\n"
