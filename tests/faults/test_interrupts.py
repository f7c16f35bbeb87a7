"""Ctrl-C, kill -9, a full disk, two at once: no half file, no traceback, no lock left behind."""

from __future__ import annotations

import fcntl
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES, ROOT
from videoai.history.recovery import open_store
from videoai.system import paths

LARGE = ["--width", "640", "--height", "640", "--frames", "20", "--model", "draft", "--seed", "1"]
MEDIUM = ["--width", "448", "--height", "448", "--frames", "8", "--model", "draft", "--seed", "1"]
SMALL = ["--width", "256", "--height", "256", "--frames", "4", "--model", "draft", "--seed", "1"]


def start(folder: Path, *arguments: str, python: tuple[str, ...] = ()) -> subprocess.Popen[str]:
    command = [sys.executable, *python, str(ROOT / "generate_video.py"), str(EXAMPLES / "coffee.png"), *arguments]
    return subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def wait_for_line(process: subprocess.Popen[str], part: str) -> str:
    """Read stderr up to a line that contains `part`; what was read."""
    read = ""
    for line in process.stderr:
        read += line
        if part in line:
            return read
    pytest.fail(f"“{part}” never came: {read}")


def lock_is_free() -> bool:
    if not paths.accelerator_lock().exists():
        return True
    with paths.accelerator_lock().open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
    return True


@pytest.mark.parametrize("moment", [*range(2), *(pytest.param(n, marks=pytest.mark.slow) for n in range(2, 10))])
def test_ctrl_c_at_any_moment_ends_with_130_and_one_line(tmp_path, moment):
    process = start(tmp_path, *LARGE, "--output", "out.mp4")
    wait_for_line(process, "Reading the photo")
    time.sleep(random.Random(moment).uniform(0, 2.5))
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=30)
    assert process.returncode == 130, errors
    assert "Traceback" not in errors
    assert "Exception ignored" not in errors
    assert errors.splitlines()[-1].startswith("Interrupted: ")
    assert out == ""
    assert list(tmp_path.iterdir()) == []
    assert lock_is_free()


@pytest.mark.parametrize(
    "module",
    [
        "click",
        "numpy",
        "videoai.history.store",
        *(pytest.param(name, marks=pytest.mark.slow) for name in ("videoai.settings", "PIL.Image")),
    ],
)
def test_ctrl_c_during_an_import(tmp_path, module):
    process = start(tmp_path, *LARGE, "--output", "out.mp4", python=("-X", "importtime"))
    wait_for_line(process, f" {module}\n")
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []


_INTERRUPTS_ITSELF = """
import os, signal, sys

class Finder:
    def find_spec(self, name, path=None, target=None):
        if name == "videoai.errors":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Finder())
"""


@pytest.mark.parametrize("words", [["-m", "videoai"], [ROOT / "generate_video.py"], [ROOT / "app.py"]])
def test_ctrl_c_before_the_program_can_answer_it_just_ends_it(tmp_path, words):
    (tmp_path / "sitecustomize.py").write_text(_INTERRUPTS_ITSELF)
    command = [sys.executable, *map(str, words), "--help"]
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (-signal.SIGINT, "", "")


def test_an_impatient_user_presses_it_many_times(tmp_path):
    process = start(tmp_path, *LARGE, "--output", "out.mp4")
    wait_for_line(process, "Drawing the frames")
    for _ in range(5):
        process.send_signal(signal.SIGINT)
        time.sleep(0.02)
    _, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in errors


def part_files(folder: Path) -> list[Path]:
    return list(folder.rglob(".*.part"))


@pytest.mark.parametrize(
    "ending", ["mp4", *(pytest.param(ending, marks=pytest.mark.slow) for ending in ("png", "webm", "gif"))]
)
def test_kill_9_during_encoding_leaves_no_file_with_the_final_name(tmp_path, videoai, ending):
    process = start(tmp_path, *MEDIUM, "--output", f"out.{ending}")
    wait_for_line(process, "Drawing the frames")
    process.send_signal(signal.SIGSTOP)  # it publishes nothing before it is killed, however slow this test is
    deadline = time.monotonic() + 60
    while not list((paths.home() / "jobs").rglob(".clip*.part")):
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        time.sleep(0.001)
    process.kill()
    process.communicate()
    assert list(tmp_path.iterdir()) == []
    again = videoai("resume")
    assert again.returncode == 0, again.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["out" if ending == "png" else f"out.{ending}"]
    assert part_files(paths.home() / "jobs") == [], "the next run sweeps what the killed one left"
    assert lock_is_free()


@pytest.mark.slow
def test_two_at_once_both_finish_one_after_the_other(tmp_path):
    processes = [start(tmp_path, *LARGE, "--frames", "8", "--output", f"{n}.mp4") for n in "ab"]
    said = [process.communicate(timeout=100)[1] for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sum("Another video is being made" in text for text in said) == 1
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()


@pytest.mark.slow
def test_two_at_once_under_automatic_names_get_two_names(tmp_path, outputs):
    processes = [start(tmp_path, *SMALL) for _ in range(3)]
    for process in processes:
        process.communicate(timeout=100)
    assert [process.returncode for process in processes] == [0] * 3
    assert len(list(outputs.iterdir())) == 3


def test_a_home_that_cannot_be_written_is_a_sentence(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("VIDEOAI_HOME", str(tmp_path / "file" / "home"))
    process = start(tmp_path, *SMALL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "VIDEOAI_HOME" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    "ending", ["mp4", *(pytest.param(ending, marks=pytest.mark.slow) for ending in ("png", "webm", "gif", "webp"))]
)
def test_a_full_disk_is_a_sentence_and_leaves_nothing(tmp_path, small_disk, ending):
    """With room for what is tried before anything is computed, and not for the video."""
    subprocess.run(["mount", "-o", "remount,size=80k", str(small_disk)], check=True)
    (small_disk / "filler").write_bytes(bytes(4096))
    size = ["--width", "512", "--height", "512", "--frames", "8"]
    process = start(tmp_path, *SMALL, *size, "--output", str(small_disk / f"out.{ending}"))
    out, errors = process.communicate(timeout=60)
    assert process.returncode == 1, errors
    assert "Drawing the frames" in errors
    assert "the disk is full" in errors
    assert "Traceback" not in errors
    assert out == ""
    assert [path.name for path in small_disk.iterdir()] == ["filler"]


AFTER = {
    "its row": "from videoai.history.store import JobStore as where; name = 'add'",
    "the queue": "import videoai.jobs.pausing as where; name = 'pausing'",
}


@pytest.mark.parametrize("number", ["SIGINT", "SIGTERM"])
@pytest.mark.parametrize("after", AFTER)
def test_between_the_queue_and_the_run_it_says_what_is_left(tmp_path, own_home, after, number):
    code = f"""
import os, signal, sys
{AFTER[after]}
act = getattr(where, name)
def interrupted(*words, **more):
    act(*words, **more)
    os.kill(os.getpid(), signal.{number})
setattr(where, name, interrupted)
from videoai.cli import main
sys.exit(main({[str(EXAMPLES / "coffee.png"), *SMALL]!r}))
"""
    run = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 130, run.stderr
    with closing(open_store(print)) as store:
        jobs = store.jobs()
    if after == "its row":
        assert run.stderr.splitlines()[-1].endswith("nothing of it was left behind.")
        assert (jobs, list(paths.jobs().iterdir())) == ([], [])
    else:
        assert run.stderr.splitlines()[-1].endswith(f"videoai resume {jobs[0].id}.")
        assert [job.state for job in jobs] == ["cancelled" if number == "SIGINT" else "stopped"]


@pytest.mark.parametrize("verb", ["info", "estimate", "backup", "restore", "models import"])
def test_an_empty_argument_is_no_folder(videoai, verb):
    refused = videoai(*verb.split(), "")
    assert (refused.returncode, refused.stderr.splitlines()[0]) == (2, "Error: The path of the file is empty.")
