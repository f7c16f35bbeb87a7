"""A hint calls the program what it is called where it is read."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.hints.sentences import commands_in
from videoai.language.called import as_called, program


@pytest.fixture
def bare(tmp_path: Path) -> dict[str, str]:
    """The environment of a shell that finds Python and no `videoai`, and of a checkout in a folder with spaces."""
    programs, checkout = tmp_path / "programs", tmp_path / "my videos"
    programs.mkdir()
    (programs / "python").symlink_to(sys.executable)
    checkout.mkdir()
    for name in ("generate_video.py", "app.py", "videoai"):
        (checkout / name).symlink_to(ROOT / name)
    script = programs / "out of the way" / "videoai"
    script.parent.mkdir()
    script.write_text(f"#!{sys.executable}\nimport sys\nfrom videoai.cli import main\nsys.exit(main())\n")
    script.chmod(0o755)
    packages = os.pathsep.join(place for place in sys.path if "site-packages" in place)
    return os.environ | {"PATH": f"{programs}:/usr/bin:/bin", "PYTHONPATH": f"{packages}:{checkout}"}


def shell(line: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["sh", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize(
    ("typed", "called"),
    [
        ("python generate_video.py", "python generate_video.py"),
        ("python '../my videos/generate_video.py'", "python '../my videos/generate_video.py'"),
        ("python -m videoai", "python -m videoai"),
        ("'../programs/out of the way/videoai'", "'../programs/out of the way/videoai'"),
    ],
)
def test_what_a_hint_names_can_be_typed_where_there_is_no_such_command(bare, tmp_path, typed, called):
    if shutil.which("videoai", path=bare["PATH"]):
        pytest.skip("there is a videoai for all users of this machine")
    folder = tmp_path / "my videos"
    for language in ("en", "it"):
        said = shell(f"{typed} resume", folder, bare | {"VIDEOAI_LANG": language})
        assert said.returncode == 2, said.stderr
        line = said.stderr.splitlines()[1]
        assert line.endswith(f": {called} jobs list")
        done = shell(line.partition(": ")[2], folder, bare)
        assert (done.returncode, done.stderr) == (0, "")
    usage = shell(f"{typed} jobs lst", folder, bare).stderr
    assert f"Run “{called} jobs --help”" in usage


def test_where_there_is_the_command_it_is_that(bare, tmp_path):
    environment = bare | {"PATH": f"{tmp_path}/programs/out of the way:{bare['PATH']}"}
    said = shell("python generate_video.py resume", tmp_path / "my videos", environment)
    assert commands_in(said.stderr) == ["videoai jobs list"]


def test_only_commands_are_renamed(monkeypatch):
    for text, expected in {
        "Run “videoai jobs list” to see.": "Run “p {x} jobs list” to see.",
        "~/videoai a.zip, my-videoai b, videoai": "~/videoai a.zip, my-videoai b, videoai",
        "videoai --help": "p {x} --help",
    }.items():
        monkeypatch.setattr("videoai.language.called.program", lambda: "p {x}")
        assert as_called(text) == expected
        assert as_called(text, template=True).format_map({}) == expected


def test_where_another_program_has_python_in_itself_it_may_have_been_started_by_no_words(monkeypatch):
    monkeypatch.setenv("PATH", "")
    for words in ("argv", "orig_argv"):
        monkeypatch.setattr(sys, words, [])
    assert program.__wrapped__() == "videoai"
