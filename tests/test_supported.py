"""A Python that is too old is told so, in a sentence, before it reads what it cannot."""

from __future__ import annotations

import ast
import os
import pwd
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import ROOT
from videoai.supported import OLDEST

READ_FIRST = ("app.py", "generate_video.py", "videoai/supported.py")
"""What an old Python reads before it is told."""

STAND_IN = "import sys; sys.version_info = {version}; sys.argv[:] = {argv}; import runpy; runpy.run_{how}"
"""This Python, which says that it is another."""


def old_pythons() -> list[str]:
    """Those of this machine, if it has any: on the path, or among pyenv's."""
    home = Path(pwd.getpwuid(os.getuid()).pw_dir)
    names = [
        *(f"python3.{minor}" for minor in range(6, 10)),
        *map(str, home.glob(".pyenv/versions/3.[6-9].*/bin/python")),
    ]
    return [
        name for name in names if subprocess.run(["sh", "-c", f'{name} -c ""'], capture_output=True).returncode == 0
    ]


def told(command: list[str], **environment: str) -> str:
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, env=os.environ | environment)
    assert (done.returncode, done.stdout) == (1, ""), done.stderr
    return done.stderr


@pytest.mark.parametrize(
    "how", ["path('app.py', run_name='__main__')", "path('generate_video.py', run_name='__main__')"]
)
def test_each_way_in_tells_an_old_python_what_to_do(how):
    code = STAND_IN.format(version=(3, 9, 6), argv=["photo.jpg"], how=how)
    said = told([sys.executable, "-c", code])
    assert said.startswith("Error: VideoAi needs Python 3.10 or newer, and this is Python 3.9.6.\n")
    assert "https://www.python.org/downloads/" in said
    assert "brew install python@3.13" in said
    assert "Traceback" not in said


def test_as_a_module_of_python_it_says_so_too_and_in_italian():
    code = STAND_IN.format(version=(3, 9, 6), argv=["videoai"], how="module('videoai', run_name='__main__')")
    assert told([sys.executable, "-c", code], VIDEOAI_LANG="it").startswith(
        "Errore: VideoAi richiede Python 3.10 o più recente, e questo è Python 3.9.6.\n"
    )


@pytest.mark.parametrize("path", READ_FIRST)
def test_what_an_old_python_reads_first_is_written_as_it_reads_it(path):
    tree = ast.parse((ROOT / path).read_text("utf-8"), feature_version=(3, 6))
    futures = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "__future__"]
    assert futures == []


def test_real_old_pythons_are_told():
    pythons = old_pythons()
    if not pythons:
        pytest.skip("there is no Python below 3.10 here: python3.9 of pyenv or of a distribution would do")
    for python in pythons:
        for script in ("app.py", "generate_video.py"):
            said = told([python, script, "photo.jpg"])
            assert said.startswith("Error: VideoAi needs Python 3.10 or newer, and this is Python 3.")


@pytest.mark.parametrize("script", ["app.py", "generate_video.py"])
def test_a_link_to_a_script_leads_to_the_program(tmp_path, script):
    (tmp_path / script).symlink_to(ROOT / script)
    done = subprocess.run([sys.executable, script, "--help"], cwd=tmp_path, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_make_asks_before_it_makes_an_environment(tmp_path):
    """With a stand-in for an old Python."""
    python = tmp_path / "python3.9"
    code = "import sys; sys.version_info = (3, 9, 6); import runpy; runpy.run_path(sys.argv[1], run_name='__main__')"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -c "{code}" "$@"\n')
    python.chmod(0o755)
    command = ["make", "install", f"PYTHON={python}", f"VENV={tmp_path}/venv"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 2
    assert "Error: VideoAi needs Python 3.10 or newer, and this is Python 3.9.6." in done.stderr
    assert "make PYTHON=python3.13 install" in done.stderr
    assert not (tmp_path / "venv").exists()


def test_the_oldest_is_that_of_the_package():
    oldest = ".".join(map(str, OLDEST))
    assert f'requires-python = ">={oldest}"' in (ROOT / "pyproject.toml").read_text("utf-8")
    named = set(re.findall(r"python@?(3\.\d+)", (ROOT / "videoai" / "supported.py").read_text("utf-8")))
    classifiers = re.findall(r"Python :: (3\.\d+)", (ROOT / "pyproject.toml").read_text("utf-8"))
    assert named == {classifiers[-1]}, "the newest that this runs on"
