"""What is only needed for a moment, pictures of people among it: in the program's own folder, not in the system's.

Most such files have no name and go with the process, however that ends. A folder has one; what a kill leaves of it is
swept when the web app starts and every hour. Whoever uses a folder holds a lock beside it, so that no other program,
not even one in another container, takes it for abandoned.
"""

from __future__ import annotations

import os
import secrets
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from videoai.system import paths, private_files
from videoai.system.deleting import delete
from videoai.system.files import write_errors
from videoai.system.locking import knows_locks, try_lock
from videoai.system.paths import files_in

_LOCK = ".lock"
_STRAY_SECONDS = 3600.0
"""Where the system has no files without a name, they have one for a moment; where it has no locks, only time tells."""


def place() -> Path:
    """The folder of such files, made if it is not there. Raises OSError."""
    found = paths.temporary()
    private_files.make_folder(found)
    return found


def file() -> IO[bytes]:
    """A file without a name, which is gone when it is closed. Raises OSError."""
    return tempfile.TemporaryFile(dir=place())


@contextmanager
def folder() -> Iterator[Path]:
    """An empty folder, which goes when the block ends. Raises WriteFailed, BadOutput."""
    with write_errors(paths.temporary()):
        path, held = _new(place())
    try:
        with write_errors(path):
            path.mkdir(0o700)
        yield path
    finally:
        _remove(path)
        os.close(held)


def sweep() -> None:
    """Remove the folders whose programs have ended."""
    for path in files_in(paths.temporary()):
        if path.suffix == _LOCK:
            _sweep_folder(path)
        elif path.is_file() and _is_old(path):
            delete(path)


def _new(above: Path) -> tuple[Path, int]:
    """A name that is free, and the lock that makes it ours. A sweep may be faster to lock it; the next name is ours."""
    while True:
        path = above / secrets.token_hex(8)
        held = try_lock(path.with_suffix(_LOCK))
        if held is not None:
            return path, held


def _sweep_folder(lock: Path) -> None:
    try:
        held = try_lock(lock)
    except OSError:  # it has gone meanwhile, or is another user's
        return
    if held is None:
        return
    folder = lock.with_suffix("")
    if knows_locks(held) or _is_old(folder):
        _remove(folder)
    os.close(held)


def _remove(folder: Path) -> None:
    """The lock last: what could not be deleted is swept again."""
    if delete(folder) is None:
        delete(folder.with_suffix(_LOCK))


def _is_old(path: Path) -> bool:
    """Whether it is there for longer than anything is needed for a moment."""
    try:
        return time.time() - path.lstat().st_mtime > _STRAY_SECONDS
    except OSError:
        return False
