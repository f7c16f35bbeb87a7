"""Locks between processes: the operating system's, on files; they go with the process, however that ends."""

from __future__ import annotations

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from videoai.errors import WriteFailed
from videoai.language import say
from videoai.system import private_files
from videoai.system.reasons import reason

POLL_SECONDS = 0.2
_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


def try_lock(path: Path) -> int | None:
    """An open descriptor that holds the lock until it is closed, or the process ends; None if another has it.

    A file system without such locks gives a descriptor that holds nothing: two at once then waste each
    other's work, but what they fetch is checked before anyone uses it. Raises OSError.
    """
    # Not truncated and never removed: others may wait on this very file. A cache can be a group's.
    flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
    descriptor = os.open(path, flags, private_files.mode(path, 0o664))
    try:
        # Removed by someone in between, a lock on it means nothing: the next try makes a new file.
        is_ours = try_flock(descriptor, fcntl.LOCK_EX) and os.fstat(descriptor).st_nlink > 0
    except OSError:
        os.close(descriptor)
        raise
    if is_ours:
        return descriptor
    os.close(descriptor)
    return None


def try_flock(descriptor: int, how: int) -> bool:
    """Whether the open file is locked so now; not if another process is in the way. Raises OSError.

    It is so where the file system knows no locks, too: what they would prevent is not found out there.
    """
    try:
        fcntl.flock(descriptor, how | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES):
            return False
        if error.errno not in _NO_LOCKS:
            raise
    return True


def knows_locks(descriptor: int) -> bool:
    """Whether a lock on this open file, which is ours, keeps anybody away."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return error.errno not in _NO_LOCKS
    return True


@contextmanager
def locked(path: Path, on_wait: Callable[[], None], while_waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the lock file at `path`; call `on_wait` once if it is taken, and wait for it, calling `while_waiting` now
    and then. Raises WriteFailed."""
    waiting = False
    while (descriptor := _tried(path)) is None:
        if not waiting:
            on_wait()
            waiting = True
        time.sleep(POLL_SECONDS)
        while_waiting()
    try:
        yield
    finally:
        os.close(descriptor)


def _tried(path: Path) -> int | None:
    try:
        private_files.make_folder(path.parent)
        return try_lock(path)
    except OSError as error:
        raise WriteFailed(
            say(
                "The folder {folder} cannot be used: {reason}.",
                folder=path.parent,
                reason=reason(error),
            ),
            say("Make it writable, or set VIDEOAI_HOME to a folder you can write to."),
        ) from error
