"""The lock on a file that huggingface_hub takes too: flock, on a file that stays when it is released."""

from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

_NO_LOCKS = (errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOLCK)


def try_lock(path: Path) -> int | None:
    """An open descriptor that holds the lock until it is closed, or the process ends; None if another has it.

    A file system without such locks gives a descriptor that holds nothing: two at once then waste each
    other's work, but what they fetch is checked before anyone uses it. Raises OSError.
    """
    # Not truncated and never removed: others may wait on this very file. The mode is for caches of a group.
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o664)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if os.fstat(descriptor).st_nlink:
            return descriptor
        # Removed by someone in between: a lock on it means nothing, the next try makes a new file.
    except OSError as error:
        if error.errno in _NO_LOCKS:
            return descriptor
        if error.errno not in (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES):
            os.close(descriptor)
            raise
    os.close(descriptor)
    return None
