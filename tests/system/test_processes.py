"""Programs of ours, and the processes that they start, import nothing but themselves, wherever they are called."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.jobs.conftest import tiny  # noqa: F401
from videoai.system import paths, processes

DRAFT = ["--model", "draft", "--frames", "4", "--width", "256", "--height", "256", "-q"]
PHOTO = str(EXAMPLES / "coffee.png")


def run(*command: object, **options: object) -> subprocess.CompletedProcess[str]:
    words = [str(word) for word in command]
    return subprocess.run(words, **{"capture_output": True, "text": True, "timeout": 100} | options)


def leave_traps(folder: Path) -> None:
    for name in ("types", "random", "email", "psutil", "numpy", "selectors"):
        (folder / f"{name}.py").write_text("open('RAN', 'a').write(__name__); raise RuntimeError\n")


def test_what_lies_in_the_current_folder_is_not_run(tmp_path):
    leave_traps(tmp_path)
    program = [sys.executable, ROOT / "generate_video.py"]
    done = run(*program, PHOTO, *DRAFT, "--output", "clip.mp4", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "clip.mp4").is_file()
    assert not (tmp_path / "RAN").exists()


@pytest.mark.parametrize("pythonpath", ["", ":", "."])
def test_nor_by_a_child_whose_parent_was_told_to_look_there(tmp_path, monkeypatch, pythonpath):
    leave_traps(tmp_path)
    monkeypatch.setenv("PYTHONPATH", pythonpath)
    monkeypatch.chdir(tmp_path)
    done = processes.run("email.mime.text", seconds=100)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "RAN").exists()


def test_as_a_module_it_looks_no_further_than_its_own_folder(tmp_path):
    leave_traps(tmp_path)
    for name in ("types", "selectors"):  # which Python itself imports, before any of this
        (tmp_path / f"{name}.py").unlink()
    done = run(
        sys.executable, "-m", "videoai", "jobs", "list", cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)}
    )
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "RAN").exists()


def test_a_checkout_may_lie_anywhere(tmp_path):
    place = tmp_path / "a:b – ü 'x'"
    shutil.copytree(ROOT / "videoai", place / "videoai", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "generate_video.py", place)
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = run(sys.executable, place / "generate_video.py", PHOTO, *DRAFT, cwd=tmp_path, env=environment)
    assert done.returncode == 0, done.stderr


TORCH = "from videoai.memory.processor import this_processor; print(this_processor().device)"


def test_a_current_folder_that_was_deleted_does_not_matter(tmp_path):
    clip = tmp_path / "clip.mp4"
    for words in ([ROOT / "generate_video.py", PHOTO, *DRAFT, "--output", clip], ["-c", TORCH]):
        gone = tmp_path / "gone"
        gone.mkdir()
        shell = 'rmdir "$0" && exec "$@"'
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        done = run("sh", "-c", shell, gone, sys.executable, *words, cwd=gone, env=environment)
        assert done.returncode == 0, done.stderr
    assert clip.is_file()


def test_a_child_that_is_not_done_in_time_is_ended(tmp_path, monkeypatch):
    (tmp_path / "slow.py").write_text("import time; time.sleep(600)")
    monkeypatch.syspath_prepend(tmp_path)
    before = psutil.Process().children()
    with pytest.raises(OSError, match="timed out"):
        processes.run("slow", seconds=0.2)
    assert psutil.Process().children() == before


@pytest.fixture
def nobody(tmp_path):
    """Run something as a user without a name and a home, as containers have them."""
    user = ["unshare", "--user", "--map-user", "12345", "--map-group", "12345"]
    if shutil.which("unshare") is None or run(*user, "true").returncode:
        pytest.skip("needs unshare, and user namespaces")

    kept = {name: os.environ[name] for name in ("PATH", "OMP_NUM_THREADS")}

    def begin(*words: object, **environment: str) -> subprocess.CompletedProcess[str]:
        # Without a HOME; who maps to no name has the files of who made the namespace, as in a container.
        return run(*user, sys.executable, *words, cwd=tmp_path, env=kept | environment)

    return begin


@pytest.mark.slow
def test_a_user_without_a_name_and_a_home_needs_two_folders(nobody, tiny, tmp_path):  # noqa: F811
    places = {"VIDEOAI_HOME": str(paths.home()), "VIDEOAI_OUTPUTS": str(tmp_path / "outputs")}
    program = ROOT / "generate_video.py"
    done = nobody(program, PHOTO, "--model", str(tiny), *DRAFT[2:], "--steps", "5", **places)
    assert done.returncode == 0, done.stderr
    assert len(list((tmp_path / "outputs").iterdir())) == 1
    for words in (["-m", "videoai", "models", "list"], ["-m", "videoai", "jobs", "list"]):
        done = nobody(*words, PYTHONPATH=str(ROOT), **places)
        assert "defect" not in done.stderr, done.stderr
        assert "Traceback" not in done.stderr, done.stderr
    assert not (tmp_path / "~").exists(), "a home that nobody has is not made"


@pytest.mark.parametrize("given", [{}, {"VIDEOAI_OUTPUTS": "out"}, {"VIDEOAI_HOME": "home"}])
def test_without_them_it_says_which_one_to_name(nobody, given):
    done = nobody(ROOT / "generate_video.py", PHOTO, *DRAFT, **given)
    assert done.returncode == 2
    assert done.stderr.splitlines()[0].startswith("Error: You have no home folder here")
    assert len(done.stderr.splitlines()) == 2
    assert "Set VIDEOAI_" in done.stderr


def test_the_server_says_so_too(nobody):
    done = nobody(ROOT / "app.py", "--port", "5987")
    assert done.returncode == 2
    assert "Set VIDEOAI_HOME" in done.stderr
    assert "Traceback" not in done.stderr
