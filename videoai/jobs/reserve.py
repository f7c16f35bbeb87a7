"""Half a megabyte, kept for the day when the disk is full: deleting, which frees space, needs a little itself.

SQLite needs room for its log and its index before it can open the history, let alone take a row out of it. So a file
lies in the program's own folder that says nothing; it is given up piece by piece, and filled again when there is space.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from videoai import paths, private
from videoai.deleting import delete
from videoai.errors import WriteFailed

SIZE = 1 << 19
PIECE = 1 << 17
_PLENTY = 4 * SIZE
"""Free space, below which it is not for us to take any."""

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


def keep() -> None:
    """Fill the reserve if it is not whole and there is plenty of space. A disk that refuses keeps none."""
    path = _path()
    try:
        if _size(path) >= SIZE or shutil.disk_usage(path.parent).free < _PLENTY:
            return
        with private.create(path) as file:
            # Not zeros, which some file systems keep in no space at all; and no words by chance.
            file.write(os.urandom(SIZE // 2).hex().upper().encode())
            file.flush()
            os.fsync(file.fileno())
    except OSError:
        delete(path)


def _give_up() -> bool:
    """Free a piece of it; whether there was one."""
    path = _path()
    try:
        left = _size(path) - PIECE
        if left < 0:
            return False
        os.truncate(path, left)
    except OSError:
        return False
    return True


def _is_want_of_room(cause: BaseException | None) -> bool:
    if isinstance(cause, OSError):
        return cause.errno in (errno.ENOSPC, errno.EDQUOT)
    words = str(cause).lower()
    return any(part in words for part in _FULL)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _path() -> Path:
    return paths.home() / "reserve.bin"
