"""Who may have the history open: all programs together, or the one that puts another in its place alone.

Whoever has it open holds a lock together with all others that have; who sets it aside, restores a backup over it or
changes its tables has to hold it alone.
"""

from __future__ import annotations

import fcntl
import os
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager

from videoai.errors import JobConflict, VideoAiError
from videoai.history.database import make_folder
from videoai.language import say
from videoai.system import paths, private_files
from videoai.system.files import write_errors
from videoai.system.locking import try_flock

_PATIENCE_SECONDS = 3.0
"""For another program that begins it anew at this moment, or only looks at it."""


def hold() -> int:
    """The lock's descriptor; who closes it lets go. Raises JobConflict if another program holds it alone for long."""
    path = paths.home() / "history.lock"
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    with write_errors(path):
        descriptor = os.open(path, flags, private_files.mode(path, 0o600))
    try:
        with write_errors(path):
            _share(descriptor)
    except BaseException:
        os.close(descriptor)
        raise
    return descriptor


@contextmanager
def history_alone() -> Iterator[None]:
    """Let no other program have the history open. Raises JobConflict if one has."""
    make_folder(paths.home())
    held = hold()
    try:
        with alone(held, JobConflict(say("Another copy of VideoAi is using this history."))):
            yield
    finally:
        os.close(held)


@contextmanager
def alone(held: int, refusal: VideoAiError) -> Iterator[None]:
    """Hold the lock alone. Raises `refusal` if another program keeps the history open."""
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not try_flock(held, fcntl.LOCK_EX):
        if time.monotonic() > give_up:
            raise type(refusal)(
                refusal.message, say("Quit the other copy of VideoAi, then start this one again.")
            ) from refusal
        # Two that want it at once are in each other's way as long as both hold it together.
        try_flock(held, fcntl.LOCK_UN)
        _wait()
        _share(held)
    try:
        yield
    finally:
        _share(held)


def _share(held: int) -> None:
    give_up = time.monotonic() + _PATIENCE_SECONDS
    while not try_flock(held, fcntl.LOCK_SH):
        if time.monotonic() > give_up:
            raise JobConflict(
                say("Another copy of VideoAi is restoring a backup or repairing the history."),
                say("Wait until it is done, then try again."),
            )
        _wait()


def _wait() -> None:
    time.sleep(random.uniform(0.02, 0.1))  # noqa: S311  # no secret
