"""Runs of the command as processes of their own, to be watched and killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.conftest import EXAMPLES, ROOT
from videoai.history.job import Job
from videoai.history.owner import Owner
from videoai.history.store import JobStore
from videoai.system import paths

STEPS = 6


class Command:
    """`videoai generate` with the tiny model, as a process of its own."""

    def __init__(self, model: Path | str, output: Path, *more: object) -> None:
        size = ("--width", 256, "--height", 256, "--frames", 4, "--steps", STEPS, "--guidance-max", 1, "--seed", 7)
        words = (EXAMPLES / "coffee.png", "--model", model, "--output", output, "--overwrite", *size, *more)
        self.process = start("generate", *words)

    def wait(self) -> tuple[int, str]:
        _, said = self.process.communicate(timeout=100)
        return self.process.returncode, said


def start(*words: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "videoai", *map(str, words)],
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for(store: JobStore, that: Callable[[Job], object], seconds: float = 60) -> Job:
    """The newest job once `that` is true of it."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for job in store.jobs(limit=1):
            if that(job):
                return job
        time.sleep(0.01)
    raise AssertionError(f"it never came: {store.jobs(limit=1)}")


def worker_of(job: Job) -> Owner | None:
    """The child process that computes it, or did so last."""
    return Owner.from_dict(job.worker) if job.worker else None


def denoising(step: int) -> Callable[[Job], bool]:
    """The state after this step is on the disk."""
    return lambda job: (
        (paths.job_folder(job.id) / "state.safetensors").exists() and (job.stage == "denoise" or job.stage == "decode")
    )
