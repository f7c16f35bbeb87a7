"""A quarter of a megabyte, kept for the day when the disk is full: deleting, which frees space, needs a little itself.

SQLite needs room for its log and its index before it can open the history, let alone take a row out of it. So a file
lies in the program's own folder that says nothing; it is given up piece by piece, and filled again when there is space.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from videoai.errors import WriteFailed
from videoai.system import paths, private_files
from videoai.system.reasons import is_full

SIZE = 1 << 18
PIECE = 1 << 16

_FULL = ("full", "disk i/o", "unable to open")
"""SQLite's words where there is no room: for a row; for a row, by a quota, or for its index; for its files."""

_T = TypeVar("_T")


def with_room(act: Callable[[], _T]) -> _T:
    """What `act` returns; it is called again as long as it fails for want of space and there is some to give up."""
    while True:
        try:
            return act()
        except WriteFailed as error:
            if not (_is_want_of_room(error.__cause__) and _give_up()):
                raise


def fill() -> None:
    """Fill the reserve, as far as there is space: after a deletion, with what that has freed."""
    path = _path()
    try:
        size = _size(path)
        more = min(SIZE - size, shutil.disk_usage(path.parent).free)
        if more <= 0:
            return
        if not size:
            private_files.create(path).close()
        with path.open("ab") as file:
            # Not zeros, which some file systems keep in no space at all; and no words by chance.
            file.write(os.urandom(more // 2 + 1).hex().upper().encode()[:more])
            file.flush()
            os.fsync(file.fileno())
    except OSError:  # another program was faster to take it, or the disk refuses: then there is none, or a part
        return


def _give_up() -> bool:
    """Free a piece of it; whether there was one."""
    path = _path()
    try:
        size = _size(path)
        if not size:
            return False
        os.truncate(path, max(0, size - PIECE))
    except OSError:
        return False
    return True


def _is_want_of_room(cause: BaseException | None) -> bool:
    if isinstance(cause, OSError):
        return is_full(cause)
    words = str(cause).lower()
    return any(part in words for part in _FULL)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _path() -> Path:
    return paths.home() / "reserve.bin"
