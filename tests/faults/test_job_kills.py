"""Kill -9 of the child, the supervisor and both at random moments (slow: python -m pytest -m slow -k kills).

VIDEOAI_KILLS says how many, twenty by default.
"""

from __future__ import annotations

import os
import random
import signal
import time

import psutil
import pytest

from tests.jobs.commands import worker_of
from tests.jobs.conftest import command, store, tiny, unbroken  # noqa: F401
from tests.jobs.test_running import resume
from videoai.system import paths


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("moment", range(int(os.environ.get("VIDEOAI_KILLS", "20"))))
def test_kill_9_at_a_random_moment(command, store, unbroken, tmp_path, moment):  # noqa: F811
    chance = random.Random(moment)
    run = command()
    time.sleep(chance.uniform(0.3, 5))
    who = chance.choice(["child", "supervisor", "both"])
    child = next((worker_of(job).pid for job in store.jobs(limit=1) if job.worker), None)
    if who != "supervisor" and child:
        os.kill(child, signal.SIGKILL) if psutil.pid_exists(child) else None
    if who != "child":
        run.process.kill()
    run.wait()
    if not (tmp_path / "clip.mp4").exists():
        again = resume()
        if again.returncode == 2:  # it was killed before there was a job
            code, said = command().wait()
            assert code == 0, said
        else:
            assert again.returncode == 0, again.stderr
    assert (tmp_path / "clip.mp4").read_bytes() == unbroken
    assert [path.name for path in tmp_path.iterdir() if path.name.endswith(".mp4")] == ["clip.mp4"]
    # What was killed between copying and reporting is told once more, and then done.
    for job in store.jobs(states=["running", "queued"]):
        assert resume(job.id).returncode == 0
    assert {job.state for job in store.jobs()} == {"done"}
    # A folder that was killed before its job was queued is swept a day later.
    assert not [part for job in store.jobs() for part in paths.job_folder(job.id).glob(".*.part")]
