"""Files that may be handed out: plain ones under their own names. A link among them leads anywhere on the machine."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO


def status_of(path: Path, *, linked_folder: bool = False) -> os.stat_result | None:
    """What `lstat` says of a plain file in a plain folder, or in one that a link leads to; None if there is no such
    one."""
    try:
        found, folder = path.lstat(), path.parent.stat() if linked_folder else path.parent.lstat()
    except OSError:
        return None
    return found if stat.S_ISREG(found.st_mode) and stat.S_ISDIR(folder.st_mode) else None


def open_plain(path: Path, *, linked_folder: bool = False) -> BinaryIO:
    """The plain file `path`, open: neither it nor its folder is a link, also not one put there a moment ago.

    With `linked_folder` its folder may be one, as the user's own choice. Raises OSError.
    """
    only_itself = os.O_CLOEXEC | os.O_NOFOLLOW
    folder = os.open(path.parent, os.O_CLOEXEC | os.O_DIRECTORY | (0 if linked_folder else os.O_NOFOLLOW))
    try:
        descriptor = os.open(path.name, os.O_RDONLY | os.O_NONBLOCK | only_itself, dir_fd=folder)  # a pipe would wait
    finally:
        os.close(folder)
    file = os.fdopen(descriptor, "rb")
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        file.close()
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL), str(path))
    return file
