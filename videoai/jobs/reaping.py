"""Taking back what lost owners had in hand, and ending what they have left computing."""

from __future__ import annotations

import os
import signal
from contextlib import suppress

from videoai.history.job import Job
from videoai.history.store import JobStore


def reap(store: JobStore) -> list[Job]:
    """Take back the jobs whose owner is lost, as they are now. Raises WriteFailed, HistoryDamaged.

    A child ends with its supervisor; one that hangs, or was stopped, must not stay beside the next attempt.
    """
    taken = store.reap()
    for job in taken:
        if job.child and job.child.alive():
            with suppress(ProcessLookupError, PermissionError):  # it has ended by itself; it is another user's
                os.kill(job.child.pid, signal.SIGKILL)
    return taken
