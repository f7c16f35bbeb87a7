"""How a program that makes a video is told to end, or to stop for a while, and what becomes of the video."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time

import psutil
import pytest

from tests.conftest import ROOT
from tests.history.conftest import requeue_lost
from tests.jobs.commands import denoising, wait_for, worker_of
from tests.jobs.test_running import resume
from videoai.history.folder import has_steps


@pytest.mark.parametrize("number", [signal.SIGHUP, pytest.param(signal.SIGTERM, marks=pytest.mark.slow)])
def test_a_closed_terminal_and_a_polite_end_stop_the_video(command, store, unbroken, tmp_path, number):
    run = command()
    job = wait_for(store, denoising(1))
    os.kill(run.process.pid, number)
    code, said = run.wait()
    assert code == 130
    assert f"videoai resume {job.id}" in said
    assert "Traceback" not in said
    waiting = store.get(job.id)
    assert (waiting.state, waiting.crash_count, waiting.owner) == ("stopped", 0, None)
    assert not worker_of(job).alive()
    assert has_steps(job.id), "as after Ctrl-C, from which it goes on to the same bytes"
    if number == signal.SIGHUP:
        return
    again = resume()
    assert again.returncode == 0, again.stderr
    assert (tmp_path / "clip.mp4").read_bytes() == unbroken


@pytest.mark.slow
def test_a_command_that_was_started_to_outlive_its_terminal_does(command, store, tmp_path):
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as nohup does it; children inherit that
    try:
        run = command()
    finally:
        signal.signal(signal.SIGHUP, before)
    wait_for(store, denoising(1))
    os.kill(run.process.pid, signal.SIGHUP)
    code, said = run.wait()
    assert code == 0, said


def processor_seconds(process: psutil.Process) -> float:
    return sum(process.cpu_times()[:2])


def test_ctrl_z_pauses_what_computes_and_it_goes_on_afterwards(command, store, tmp_path):
    run = command("--steps", 16)
    # Not in a session of its own, where nobody could tell it to go on and the system ignores Ctrl-Z.
    run.process.kill()
    run.wait()
    words = [*run.process.args]
    words[words.index("--output") + 1] = str(tmp_path / "paused.mp4")
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    process = subprocess.Popen(words, env=environment, stderr=subprocess.DEVNULL, preexec_fn=lambda: os.setpgid(0, 0))
    try:
        job = wait_for(store, lambda job: denoising(1)(job) and job.owner and job.owner.pid == process.pid)
        child = psutil.Process(worker_of(job).pid)
        os.kill(process.pid, signal.SIGTSTP)
        os.waitpid(process.pid, os.WUNTRACED)
        quiet = processor_seconds(child)
        for _ in range(20):  # an operation that was begun is finished first
            time.sleep(0.3)
            before, quiet = quiet, processor_seconds(child)
            if quiet - before < 0.02:
                break
        else:
            pytest.fail("it computes on")
        assert store.get(job.id).state == "running"
        assert requeue_lost(store) == []
        os.kill(process.pid, signal.SIGCONT)
        assert wait_for(store, lambda job: job.state != "running").state == "done"
        assert process.wait(30) == 0
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_a_paused_run_ends_with_its_supervisor(command, store):
    run = command("--steps", 50)
    job = wait_for(store, denoising(1))
    with open(f"/proc/{run.process.pid}/fd/{pipe_to(run.process.pid, worker_of(job).pid)}", "wb", buffering=0) as pipe:
        pipe.write(b"pause\n")
        run.process.kill()
    _, alive = psutil.wait_procs([psutil.Process(worker_of(job).pid)] if worker_of(job).alive() else [], timeout=20)
    assert not alive


def pipe_to(parent: int, child: int) -> int:
    """The parent's descriptor of the pipe that is the child's standard input."""
    pipe = os.readlink(f"/proc/{child}/fd/0")
    ours = os.listdir(f"/proc/{parent}/fd")
    return next(int(fd) for fd in ours if os.readlink(f"/proc/{parent}/fd/{fd}") == pipe)


BOUND = 'mount --bind "$0" /proc/sys/kernel/random/boot_id && exec "$@"'
ELSEWHERE = {
    "another container": 'exec unshare --pid --fork --mount-proc "$@"',
    "another machine": f'exec unshare --mount sh -c \'{BOUND}\' "$0" "$@"',
}


@pytest.mark.skipif(shutil.which("unshare") is None or os.geteuid() != 0, reason="needs unshare, as root")
@pytest.mark.parametrize("where", ["another container", pytest.param("another machine", marks=pytest.mark.slow)])
def test_looking_from_elsewhere_changes_nothing(command, store, tmp_path, where):
    run = command("--steps", 50)
    job = wait_for(store, denoising(1))
    boot = tmp_path / "boot"
    boot.write_text("11111111-2222-3333-4444-555555555555\n")
    look = [sys.executable, "-m", "videoai", "jobs", "list", "--json"]
    words = ["sh", "-c", ELSEWHERE[where], str(boot), *look]
    seen = subprocess.run(words, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=True)
    (row,) = json.loads(seen.stdout)
    assert row["state"] == "running"
    found = store.get(job.id)
    assert (found.state, found.owner, found.crash_count) == ("running", job.owner, 0)
    run.process.send_signal(signal.SIGINT)
    assert run.wait()[0] == 130
