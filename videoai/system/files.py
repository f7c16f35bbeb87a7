"""Writing files so that a reader sees the old one, the new one, or none, and never a part of one."""

from __future__ import annotations

import errno
import functools
import hashlib
import os
import re
import secrets
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil

from videoai.errors import BadOutput, VideoAiError, WriteFailed
from videoai.language import say
from videoai.system import machine_id, private_files, units
from videoai.system.machine import free_disk
from videoai.system.paths import files_in
from videoai.system.reasons import is_full, reason, remedy


@contextmanager
def whole_file(target: Path, *, replace: bool) -> Iterator[Path]:
    """Yield a temporary path beside `target`; when the block ends well, it becomes `target`, safe on the disk.

    The temporary path may be made a file or a folder. With `replace` an existing one is replaced; without it
    NameTaken is raised at the end and nothing changes. Raises WriteFailed if the disk is full or
    refuses. Whatever ends the block early, the temporary path is removed; after a power cut or a kill, the
    next call for the same folder removes it.
    """
    with write_errors(target):
        private_files.make_folder(target.parent)
        sweep(target.parent)
        # Name limits are in bytes (255): the random part is what matters, not all of a long name.
        part = target.parent / part_name(target.name)
        try:
            yield part
            private_files.close(part)
            for path in (part, *part.rglob("*")) if part.is_dir() else (part,):
                sync(path)
            _publish(part, target, replace)
            sync_names(target.parent)
        finally:
            _remove(part)


class NameTaken(FileExistsError):
    """A file is there already that has this very name. Of what is in the way to it, there are other errors."""

    def __init__(self, path: Path) -> None:
        super().__init__(errno.EEXIST, os.strerror(errno.EEXIST), str(path))


def part_name(name: str) -> str:
    """What a file is called while it is written, by this process."""
    return f".{name[:40]}.{os.getpid()}-{_here()}{secrets.token_hex(4)}.part"


@functools.cache
def _here() -> str:
    """Where this process's pid means something: folders are shared by containers and by machines."""
    return hashlib.sha256(f"{machine_id.host()} {machine_id.namespace()}".encode()).hexdigest()[:8]


def _publish(part: Path, target: Path, replace: bool) -> None:
    """Give `part` its final name, in one step."""
    if part.is_dir():
        _publish_folder(part, target, replace)
    elif replace:
        part.replace(target)
    else:
        try:
            os.link(part, target)  # unlike rename, fails if the name is taken
        except FileExistsError as error:
            raise NameTaken(target) from error
        except OSError:  # a file system without hard links (exFAT): a small race remains there
            if target.exists():
                raise NameTaken(target) from None
            part.replace(target)


def _publish_folder(part: Path, target: Path, replace: bool) -> None:
    """In one step, or in two where a folder is replaced: no system call does that on every disk."""
    before = target.parent / part_name(target.name)
    try:
        # rename(2) replaces an empty folder and refuses any other.
        part.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        if not replace or error.errno == errno.ENOTDIR:
            raise NameTaken(target) from error
        target.rename(before)
        try:
            part.rename(target)
        except BaseException:
            before.rename(target)
            raise
        _remove(before)


def publish(part: Path, target: Path) -> None:
    """Give the file `part` the name `target` in the same folder, in place of what may have it. Raises OSError."""
    private_files.close(part)
    sync(part)
    part.replace(target)
    sync_names(target.parent)


def sync_names(folder: Path) -> None:
    """Make the names in `folder` survive a power cut, where that can be asked for: network drives, and those that a
    virtual machine shares, refuse it (EINVAL, EIO). The file is there all the same."""
    with suppress(OSError):
        sync(folder)


def sync(path: Path) -> None:
    """Make `path`'s content (for a folder: its names) survive a power cut. Raises OSError."""
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


_PART = re.compile(r"^\..*\.(\d+)-([0-9a-f]{8})[0-9a-f]{8}\.part$")
_DAY = 86400.0


def sweep(folder: Path) -> None:
    """Remove what is `abandoned` in a folder."""
    for path in abandoned(folder):
        with suppress(OSError):  # another program was faster
            _remove(path)


def abandoned(folder: Path) -> list[Path]:
    """What writers that no longer live have left in `folder`, as far as it can be looked at.

    Whether a writer of another container or machine lives cannot be told; it does not write for a day.
    """
    return [path for path in files_in(folder) if (found := _PART.match(path.name)) and _is_abandoned(path, found)]


def _is_abandoned(path: Path, found: re.Match[str]) -> bool:
    if found[2] == _here():
        return not psutil.pid_exists(int(found[1]))
    try:
        return time.time() - path.lstat().st_mtime > _DAY
    except OSError:  # it has gone meanwhile
        return False


def _remove(path: Path) -> None:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)


@contextmanager
def write_errors(target: Path) -> Iterator[None]:
    """Turn the operating system's refusals into our errors. A taken name stays NameTaken."""
    try:
        yield
    except (NameTaken, VideoAiError):
        raise
    except OSError as error:
        kind = WriteFailed if is_full(error) else BadOutput
        raise kind(
            say(
                "{name} could not be written to the folder {folder}: {reason}.",
                name=target.name,
                folder=target.parent,
                reason=reason(error),
            ),
            remedy(error),
        ) from error


def need_space(folder: Path, size: int, what: str, hint: str) -> None:
    """Raises WriteFailed, with `hint`, unless the `size` bytes that `what` needs are free where `folder` will be."""
    free = free_disk(folder)
    if free < size:
        raise WriteFailed(
            say(
                "{what} needs {size} on the disk of {folder}, but only {free} is free.",
                what=what,
                size=units.size(size),
                folder=folder,
                free=units.size(free),
            ),
            hint,
        )
