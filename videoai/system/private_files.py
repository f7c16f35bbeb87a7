"""What is kept for the user is the user's alone: folders 0700 and files 0600, whatever the umask, in this one place.

All of it is below paths.home(). Videos are not: they lie in the user's own folder, with the modes that the user's other
files there have; nor are models in the Hugging Face cache, which a group may share.
"""

from __future__ import annotations

import errno
import functools
import logging
import os
import stat
from contextlib import suppress
from pathlib import Path
from typing import IO

from videoai.language import say, shown
from videoai.system import paths

_FOLDER, _FILE = 0o700, 0o600
_OTHERS = 0o077

_OURS = (
    *("jobs", "photos", "models", "*.sqlite3*", "*.json", "*.lock", "*.token", "reserve.bin", "temporary"),
    *("servers", "window"),
)
"""What this program makes in its folder. VIDEOAI_HOME may name one that holds other things too."""


def holds(path: Path) -> bool:
    """Whether `path` is the program's own folder or in it."""
    home = paths.home().absolute()
    return path.absolute().is_relative_to(home) or path.is_relative_to(os.path.realpath(home))


def make_folder(path: Path) -> None:
    """Make the folder and those above it that are missing; closed to others if it is ours. Raises OSError."""
    if not holds(path):
        path.mkdir(parents=True, exist_ok=True)
        return
    for folder in reversed([path, *path.parents]):
        if not folder.exists():
            folder.mkdir(_FOLDER if holds(folder) else 0o777, exist_ok=True)
    narrow(path)


def mode(path: Path, otherwise: int) -> int:
    """What os.open makes the file `path` with: for us alone in the program's own folder, `otherwise` elsewhere."""
    return _FILE if holds(path) else otherwise


def create(path: Path) -> IO[bytes]:
    """An empty file, open for writing, in place of what is there. Raises OSError."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC | os.O_NOFOLLOW
    file = os.fdopen(os.open(path, flags, mode(path, 0o666)), "wb")
    close(path)  # it may have been there before
    return file


def close(path: Path) -> None:
    """Take from others what they may do with what is ours at `path`, a file or a folder with all in it. Raises OSError.

    Nothing happens to what is not in the program's own folder.
    """
    if not holds(path):
        return
    with suppress(FileNotFoundError):  # another process was done with it
        if narrow(path):
            _close_all_in(path)


def close_home() -> None:
    """Make the program's own folder if it is not there; close it, and what an earlier version, a copy or a backup has
    left open in it. Raises OSError."""
    home = paths.home()
    make_folder(home)
    for pattern in _OURS:
        for path in home.glob(pattern):
            close(path)


def narrow(path: Path) -> bool:
    """Take from others what they may do with one file or folder; whether it is a folder of ours. Raises OSError.

    Left alone are places that are meant for all (sticky, as /tmp is), other users' and links; and files with a second
    name, which may be another program's: nobody gets at them through a folder that is closed.
    """
    return _narrow(path, path.lstat())


def _close_all_in(folder: str | Path) -> None:
    with os.scandir(folder) as entries:
        for entry in entries:
            with suppress(FileNotFoundError):
                if _narrow(entry, entry.stat(follow_symlinks=False)):
                    _close_all_in(entry.path)


def _narrow(path: os.PathLike[str], found: os.stat_result) -> bool:
    is_folder = stat.S_ISDIR(found.st_mode)
    if not (is_folder or stat.S_ISREG(found.st_mode)) or found.st_uid != os.geteuid():
        return False
    if is_folder and found.st_mode & stat.S_ISVTX:
        return False
    if found.st_mode & _OTHERS and (is_folder or found.st_nlink == 1):
        _chmod(path, stat.S_IMODE(found.st_mode) & ~_OTHERS)
    return is_folder


def _chmod(path: os.PathLike[str], mode: int) -> None:
    """Where files have no owners (drives of Windows, some of the network), all goes on, and is said once."""
    try:
        os.chmod(path, mode)
    except OSError as error:
        if error.errno not in _NO_MODES:
            raise
        _tell_of_open_disk()


_NO_MODES = (errno.EPERM, errno.EACCES, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


@functools.cache
def _tell_of_open_disk() -> None:
    home = paths.home()
    told = say(
        "The disk of {folder} cannot hide files from other users: they may read what is stored there.", folder=home
    )
    logging.getLogger("videoai").warning("%s", shown(told))
