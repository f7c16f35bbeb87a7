"""The queue in the background: it runs what waits, survives its end, and leaves nothing computing."""

from __future__ import annotations

import dataclasses
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.conftest import EXAMPLES, ROOT
from tests.jobs.commands import denoising, wait_for, worker_of
from videoai.history.owner import Owner
from videoai.history.publishing import Publication
from videoai.history.store import JobStore
from videoai.jobs.follow import follow
from videoai.jobs.local import LocalRunner
from videoai.jobs.queue import Queue
from videoai.jobs.submit import submit
from videoai.request import Request
from videoai.system import paths

SMALL = {"model": "draft", "width": 256, "height": 256, "frames": 4, "guidance_max": 1, "seed": 1}


def ask(store: JobStore, **settings: object):
    return submit(store, EXAMPLES / "coffee.png", Request(SMALL | settings), lambda event: None)


def ended(job) -> bool:
    return job.state in ("done", "failed", "cancelled")


def test_jobs_are_run_in_turn_and_their_pictures_are_kept(store, queue, outputs):
    first, second = ask(store), ask(store, seed=2)
    queue.start()
    wait_for(store, lambda job: job.id == second.id and ended(job))
    for job in (store.get(first.id), store.get(second.id)):
        assert (job.state, job.notices) == (
            "done",
            ["This is a draft: the camera moves, but nothing in the picture does.", "Its depth is guessed."],
        )
        assert Path(job.output).parent == outputs
        with Image.open(paths.job_folder(job.id) / "preview.webp") as strip:
            assert strip.size == (4 * 160, 160)
    queue.stop()
    assert queue.live(second.id) is None


def test_what_a_killed_attempt_has_left_of_its_frames_is_written_anew(store, queue, tmp_path):
    wanted = Request(SMALL, output=str(tmp_path / "frames.png"))
    job = submit(store, EXAMPLES / "coffee.png", wanted, lambda event: None)
    left = paths.job_folder(job.id) / "clip"
    left.mkdir()
    (left / "0009.png").write_bytes(b"half")
    queue.start()
    done = wait_for(store, ended)
    assert (done.state, done.attempt, done.output) == ("done", 1, str(tmp_path / "frames"))
    assert sorted(path.name for path in (tmp_path / "frames").iterdir()) == [f"000{n}.png" for n in range(1, 5)]


def test_a_job_that_another_program_adds_is_found(store):
    changed = threading.Event()
    queue = Queue(store, on_change=changed.set)
    queue.start()
    try:
        job = ask(JobStore(paths.database()))
        wait_for(store, lambda found: found.id == job.id and ended(found))
        assert changed.is_set()
    finally:
        queue.stop()


@pytest.mark.slow
def test_stopped_in_the_middle_the_job_waits_and_the_next_program_goes_on(store, tiny, own_home):
    job = ask(store, model=str(tiny), steps=8)
    queue = Queue(store)
    queue.start()
    running = wait_for(store, denoising(1))
    queue.stop()
    assert store.get(job.id).state == "queued"
    assert store.get(job.id).crash_count == 0
    assert not worker_of(running).alive()
    again = Queue(store)
    again.start()
    try:
        assert wait_for(store, ended).state == "done"
    finally:
        again.stop()


def test_the_memory_of_a_running_job_is_known_here_only(store, queue, tiny):
    job = ask(store, model=str(tiny), steps=50)
    queue.start()
    wait_for(store, denoising(1))
    assert queue.live(job.id).rss > 10_000_000
    assert queue.live("another") is None
    store.cancel(job.id)
    assert wait_for(store, ended).state == "cancelled"


@pytest.mark.slow
def test_what_a_killed_program_had_in_hand_goes_on(store, queue, tiny):
    code = "from videoai.system import paths\nfrom videoai.jobs.queue import Queue\n"
    code += "from videoai.history.store import JobStore\n"
    code += "import time; Queue(JobStore(paths.database())).start(); time.sleep(100)"
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    job = ask(store, model=str(tiny), steps=8)
    with subprocess.Popen([sys.executable, "-c", code], env=environment) as program:
        running = wait_for(store, denoising(1))
        program.kill()
    psutil.wait_procs([psutil.Process(worker_of(running).pid)] if worker_of(running).alive() else [], timeout=20)
    queue.start()
    done = wait_for(store, ended)
    assert (done.id, done.state, done.attempt, done.crash_count) == (job.id, "done", 2, 1)


@pytest.mark.slow
def test_a_run_of_another_program_can_be_followed_and_cancelled(store, queue, tiny):
    job = ask(store, model=str(tiny), steps=50)
    queue.start()
    wait_for(store, denoising(1))
    heard = []

    def interrupted(event) -> None:
        heard.append(event)
        if len(heard) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        follow(JobStore(paths.database()), job.id, interrupted, LocalRunner())
    assert wait_for(store, ended).state == "cancelled"
    assert any(getattr(event, "name", None) == "denoise" for event in heard)


def test_a_command_whose_job_is_taken_by_another_program_shows_its_end(store, queue, videoai, outputs):
    job = ask(store)
    queue.start()
    result = videoai("resume", job.id)
    assert result.returncode in (0, 2), result.stderr  # 2: it was done already
    assert store.get(job.id).state == "done"
    assert len(list(outputs.iterdir())) == 1


def test_a_published_video_can_be_withdrawn_unless_it_was_changed(store, queue):
    queue.start()
    jobs = [ask(store), ask(store, seed=2)]
    wait_for(store, lambda job: job.id == jobs[1].id and ended(job))
    first, second = (store.get(job.id) for job in jobs)
    assert Publication(paths.job_folder(first.id)).withdraw() == (True, None)
    assert not Path(first.output).exists()
    assert Publication(paths.job_folder(first.id)).withdraw() == (False, None)
    Path(second.output).write_bytes(b"another file under that name")
    assert Publication(paths.job_folder(second.id)).withdraw() == (False, None)
    assert Path(second.output).exists()
    Path(second.output).unlink()
    os.mkfifo(second.output)
    assert Publication(paths.job_folder(second.id)).withdraw() == (False, None), "which nobody ever writes into"


def test_a_dead_owner_of_another_boot_loses_its_job_before_anything_else(store, queue):
    ask(store)
    before = JobStore(paths.database(), wall=lambda: psutil.boot_time() - 1)
    assert before.leases.claim(dataclasses.replace(Owner.this_process(), boot_id="another boot"))
    queue.start()
    assert wait_for(store, ended).state == "done"


def test_a_child_that_was_left_hanging_is_ended(store, queue):
    hanging = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(100)"])
    try:
        job = ask(store)
        owner = dataclasses.replace(Owner.this_process(), started="never")
        store.leases.claim(owner, job.id)
        store.leases.computed_by(job.id, owner, Owner.of(hanging.pid).to_dict())
        queue.start()
        assert hanging.wait(timeout=30) == -signal.SIGKILL
    finally:
        hanging.kill()
        hanging.wait()
