"""What befalls a supervisor, and not its job: the job does not suffer for it, and everybody is told."""

from __future__ import annotations

import os
import resource
import shutil
import signal
import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.disks import fill, mounted
from tests.history.conftest import dead_process
from tests.jobs.commands import denoising, wait_for, worker_of
from tests.jobs.test_queue import ask, ended
from videoai.errors import Postponed
from videoai.history.store import JobStore
from videoai.jobs import monitor
from videoai.jobs.follow import follow
from videoai.jobs.local import LocalRunner
from videoai.jobs.queue import Queue
from videoai.jobs.supervisor import Supervisor
from videoai.system import paths


def until(that: Callable[[], object], seconds: float = 60) -> None:
    end = time.monotonic() + seconds
    while not that():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.01)


@contextmanager
def held_by_another_program():
    """The database's write lock."""
    with closing(sqlite3.connect(paths.database(), isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield
        other.execute("ROLLBACK")


@contextmanager
def hardly_a_descriptor_left():
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/proc/self/fd"))) + 1, before[1]))
    taken: list[int] = []
    try:
        with suppress(OSError):
            while True:
                taken.append(os.open(os.devnull, os.O_RDONLY))
        for descriptor in taken[-3:]:  # enough for a file, and not for a process with its pipes
            os.close(descriptor)
        del taken[-3:]
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_job_runs_on_while_another_program_holds_the_history(store, queue, tiny):
    job = ask(store, model=str(tiny), steps=30)
    queue.start()
    child = worker_of(wait_for(store, denoising(1)))
    with held_by_another_program():
        until(lambda: queue.trouble)
        assert "another program is using it" in queue.trouble.message
        began = time.monotonic()
        assert store.get(job.id).state == "running"
        assert time.monotonic() - began < 0.5, "who reads does not wait for who writes"
        assert child.alive()
        psutil.wait_procs([psutil.Process(child.pid)], timeout=60)  # it comes to its end meanwhile
    done = wait_for(store, ended)
    assert (done.state, done.attempt, done.crash_count) == ("done", 1, 0)
    assert {"denoise", "decode", "encode"} <= done.seconds.keys()
    until(lambda: queue.trouble is None)


@pytest.mark.slow
def test_without_descriptors_the_job_waits_and_can_be_cancelled(store, queue):
    job, other = ask(store), ask(store, seed=2)
    with hardly_a_descriptor_left():
        queue.start()
        until(lambda: queue.trouble)
        assert "could not start a process" in queue.trouble.message
        until(lambda: store.get(job.id).state == "queued")
        assert store.cancel(job.id).state == "cancelled"
    queue.wake()
    done = wait_for(store, lambda job: job.id == other.id and ended(job))
    assert (done.state, done.crash_count) == ("done", 0)
    until(lambda: queue.trouble is None)


def test_a_job_whose_folder_is_gone_has_failed_and_the_next_one_runs(store, queue):
    job, other = ask(store), ask(store, seed=2)
    shutil.rmtree(paths.job_folder(job.id))
    queue.start()
    wait_for(store, lambda job: job.id == other.id and ended(job))
    assert store.get(other.id).state == "done"
    gone = store.get(job.id)
    assert (gone.state, gone.crash_count) == ("failed", 0)
    assert "are gone" in gone.reason["message"]


@pytest.mark.slow
def test_a_folder_that_goes_while_its_job_runs_holds_up_nobody(store, queue, tiny):
    job, other = ask(store, model=str(tiny), steps=12), ask(store, seed=2)
    queue.start()
    wait_for(store, lambda found: found.id == other.id and denoising(1)(store.get(job.id)))
    shutil.rmtree(paths.job_folder(job.id), ignore_errors=True)
    until(lambda: ended(store.get(job.id)))
    gone = store.get(job.id)
    assert gone.state == "failed" or Path(gone.output).is_file(), "what it still wrote may have been enough"
    until(lambda: store.get(other.id).state == "done")


def test_a_folder_that_cannot_be_looked_into_lets_its_job_wait(store, queue, monkeypatch):
    monkeypatch.setattr("videoai.jobs.queue._PATIENCE_SECONDS", 0.05)
    job, other = ask(store), ask(store, seed=2)
    away = paths.jobs().rename(paths.home() / "away")
    paths.jobs().symlink_to("x" * 300)  # which no system follows, whoever asks
    queue.start()
    until(lambda: queue.trouble)
    assert "cannot be used: the name is too long." in queue.trouble.message
    until(lambda: {found.state for found in store.jobs()} == {"queued"})
    assert store.cancel(other.id).state == "cancelled"
    paths.jobs().unlink()
    away.rename(paths.jobs())
    until(lambda: ended(store.get(job.id)))
    done = store.get(job.id)
    assert (done.state, done.crash_count) == ("done", 0)


class Interrupted:
    """A runner and a store, at which a signal comes as soon as the job is claimed."""

    def __init__(self, signal: BaseException, at: str) -> None:
        self._signal, self._at = signal, at

    def start(self, work):
        raise self._signal

    def end_left_over(self, worker):
        """There is nothing."""

    def store(self):
        store = JobStore(paths.database())
        if self._at == "claim":
            claim = store.leases.claim

            def claimed(*words):
                claim(*words)
                raise self._signal

            store.leases.claim = claimed
        return store


@pytest.mark.parametrize("at", ["claim", "start"])
@pytest.mark.parametrize(("signal", "state"), [(KeyboardInterrupt(), "cancelled"), (Postponed(), "stopped")])
def test_a_signal_just_after_the_claim_is_no_crash(store, at, signal, state):
    job, end = ask(store), Interrupted(signal, at)
    with closing(end.store()) as interrupted, pytest.raises(type(signal)):
        Supervisor(interrupted, runner=end).run(job.id, lambda event: None)
    left = store.get(job.id)
    assert (left.state, left.crash_count, left.owner) == (state, 0, None)


def test_what_a_run_needed_and_cannot_be_removed_is_named(store, queue, caplog):
    job = ask(store)
    with mounted(paths.job_folder(job.id) / "in the way"):
        queue.start()
        until(lambda: store.get(job.id).state == "done")
        until(lambda: "in the way could not be deleted: something else is using it" in caplog.text)


def test_a_history_that_is_held_cancels_no_job_of_another_program(store, monkeypatch):
    monkeypatch.setattr("videoai.history.database.BUSY_SECONDS", 0.2)
    job, told = ask(store), []
    store.leases.claim(dead_process(), job.id)
    with ThreadPoolExecutor() as pool:
        with held_by_another_program():
            following = pool.submit(
                follow, store, job.id, lambda event: told.append(getattr(event, "message", "")), LocalRunner()
            )
            until(lambda: following.done() or any("VideoAi tries again." in message for message in told))
        left = following.result(timeout=60)
    assert (left.state, left.cancel_requested) == ("stopped", False)


class Faulty:
    """A runner with a defect."""

    def start(self, work):
        raise ZeroDivisionError("nobody foresaw this")

    def end_left_over(self, worker):
        """There is nothing."""


def test_an_error_that_nobody_foresaw_is_shown_and_the_queue_lives_on(store, monkeypatch):
    monkeypatch.setattr("videoai.jobs.queue._PATIENCE_SECONDS", 0.05)
    job = ask(store)
    changed = []
    queue = Queue(store, runner=Faulty(), on_change=lambda: changed.append(queue.trouble))
    queue.start()
    try:
        failed = wait_for(store, ended)
        assert (failed.state, failed.crash_count) == ("failed", 2), "it is not tried for ever"
        assert "nobody foresaw this" in failed.reason["message"]
        assert any(trouble and "nobody foresaw this" in trouble.message for trouble in changed)
        until(lambda: queue.trouble is None)
        again = ask(store)
        until(lambda: store.get(again.id).state == "failed")
    finally:
        queue.stop()
    assert job.id != again.id


def test_a_child_that_says_nothing_is_spoken_of(store, queue, tiny, monkeypatch):
    monkeypatch.setattr(monitor, "STALLED_SECONDS", 3.0)  # a heartbeat comes every two
    ask(store, model=str(tiny), steps=8)
    queue.start()
    child = worker_of(wait_for(store, denoising(1)))
    os.kill(child.pid, signal.SIGSTOP)
    try:
        wait_for(store, lambda job: any("has not responded" in notice for notice in job.notices))
    finally:
        os.kill(child.pid, signal.SIGCONT)
    done = wait_for(store, ended)
    assert (done.state, done.attempt) == ("done", 1)


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [25, 50])
def test_a_command_outlasts_a_lock_that_is_held_for_long(store, tiny, tmp_path, seconds):
    from tests.jobs.commands import Command

    run = Command(tiny, tmp_path / "clip.mp4", "--steps", 50)
    wait_for(store, denoising(1))
    with held_by_another_program():
        time.sleep(seconds)
    code, said = run.wait()
    assert code == 0, said
    assert "VideoAi tries again" in said
    assert (tmp_path / "clip.mp4").exists()
    assert store.jobs()[0].state == "done"


@pytest.mark.slow
def test_a_disk_that_is_full_for_a_while_costs_nothing(store, tiny, tmp_path):
    """The child goes on without saving its steps, and what the history is to be told is told later."""
    from tests.jobs.commands import Command

    store.close()
    with mounted(paths.home(), "8m") as home, closing(JobStore(paths.database())) as history:
        run = Command(tiny, tmp_path / "clip.mp4", "--steps", 20)
        job = wait_for(history, denoising(1))
        ballast = fill(home)
        for line in run.process.stderr:
            if "without saving its steps" in line:
                break
        ballast.unlink()
        code, said = run.wait()
        assert code == 0, said
        done = history.get(job.id)
        assert (done.state, done.attempt, done.crash_count) == ("done", 1, 0)
