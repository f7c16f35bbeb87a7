"""Writing files so that a reader sees the old one, the new one, or none, and never a part of one."""

from __future__ import annotations

import errno
import os
import re
import secrets
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil

from videoai import private
from videoai.errors import BadOutput, VideoAiError, WriteFailed
from videoai.language import say
from videoai.reasons import reason


@contextmanager
def whole_file(target: Path, *, replace: bool) -> Iterator[Path]:
    """Yield a temporary path beside `target`; when the block ends well, it becomes `target`, safe on the disk.

    The temporary path may be made a file or a folder. With `replace` an existing file is replaced; without it
    FileExistsError is raised at the end and nothing changes. Raises WriteFailed if the disk is full or
    refuses. Whatever ends the block early, the temporary path is removed; after a power cut or a kill, the
    next call for the same folder removes it.
    """
    with write_errors(target):
        private.make_folder(target.parent)
        sweep(target.parent)
        # Name limits are in bytes (255): the random part is what matters, not all of a long name.
        part = target.parent / f".{target.name[:40]}.{os.getpid()}-{secrets.token_hex(4)}.part"
        try:
            yield part
            private.close(part)
            for path in (part, *part.rglob("*")) if part.is_dir() else (part,):
                sync(path)
            _publish(part, target, replace)
            sync(target.parent)
        finally:
            _remove(part)


def _publish(part: Path, target: Path, replace: bool) -> None:
    """Give `part` its final name, in one step."""
    if part.is_dir():
        # rename(2) replaces an empty folder and refuses any other, which is just what is wanted.
        try:
            part.rename(target)
        except OSError as error:
            if error.errno in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from error
            raise
    elif replace:
        part.replace(target)
    else:
        try:
            os.link(part, target)  # unlike rename, fails if the name is taken
        except FileExistsError:
            raise
        except OSError:  # a file system without hard links (exFAT): a small race remains there
            if target.exists():
                raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
            part.replace(target)


def publish(part: Path, target: Path) -> None:
    """Give the file `part` the name `target` in the same folder, in place of what may have it. Raises OSError."""
    private.close(part)
    sync(part)
    part.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Make `path`'s content (for a folder: its names) survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        if sys.platform == "darwin":
            import fcntl

            # On macOS fsync leaves the data in the drive's cache; network file systems know only fsync.
            try:
                fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
            except OSError:
                os.fsync(descriptor)
        else:
            os.fsync(descriptor)
    finally:
        os.close(descriptor)


_PART = re.compile(r"^\..*\.(\d+)-[0-9a-f]{8}\.part$")


def sweep(folder: Path) -> None:
    """Remove what writers that no longer live have left in `folder`."""
    for path in folder.iterdir():
        match = _PART.match(path.name)
        if match and not psutil.pid_exists(int(match[1])):
            _remove(path)


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


_REASONS = {
    errno.ENOSPC: (say("the disk is full"), say("Free some space, or choose another place.")),
    errno.EDQUOT: (say("your share of the disk is full"), say("Free some space, or choose another place.")),
    errno.EACCES: (say("you may not write there"), say("Choose another place.")),
    errno.EPERM: (say("you may not write there"), say("Choose another place.")),
    errno.EROFS: (say("the disk is read-only"), say("Choose another place.")),
    errno.ENAMETOOLONG: (say("the name is too long"), say("Choose a shorter one.")),
    errno.ENOTDIR: (say("a part of the path is a file, not a folder"), say("Choose another place.")),
}


@contextmanager
def write_errors(target: Path) -> Iterator[None]:
    """Turn the operating system's refusals into our errors. A taken name stays FileExistsError."""
    try:
        yield
    except (FileExistsError, VideoAiError):
        raise
    except OSError as error:
        why, hint = _REASONS.get(error.errno or 0, (reason(error), say("Try another place.")))
        kind = WriteFailed if error.errno in (errno.ENOSPC, errno.EDQUOT) else BadOutput
        raise kind(say("{name} could not be written: {reason}.", name=target.name, reason=why), hint) from error


def need_space(folder: Path, size: int, what: str, hint: str) -> None:
    """Raises WriteFailed, with `hint`, unless the `size` bytes that `what` needs are free where `folder` will be."""
    there = next(place for place in (folder, *folder.parents) if place.exists())
    free = shutil.disk_usage(there).free
    if free < size:
        raise WriteFailed(
            say(
                "{what} needs {size} on the disk of {folder}, and {free} are free.",
                what=what,
                size=_gigabytes(size),
                folder=folder,
                free=_gigabytes(free),
            ),
            hint,
        )


def _gigabytes(size: int) -> str:
    return say("{size:.1f} GB", size=size / 1e9) if size >= 1e8 else say("{size:.1f} MB", size=size / 1e6)
