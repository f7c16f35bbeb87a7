"""Which servers run with this home: a file for each, locked for as long as it runs, with its address in it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from videoai.system import paths, private_files
from videoai.system.locking import try_lock


@contextmanager
def listed(address: str, port: int) -> Iterator[None]:
    """Say within the block that a server is at `address`. A disk that takes no such file costs no more than that."""
    path, descriptor = _folder() / f"{port}.lock", None
    with suppress(OSError):
        private_files.make_folder(path.parent)
        descriptor = try_lock(path)
        if descriptor is not None:
            os.truncate(descriptor, 0)
            os.write(descriptor, address.encode())
    try:
        yield
    finally:
        if descriptor is not None:
            with suppress(OSError):
                path.unlink()
            os.close(descriptor)


def addresses() -> list[str]:
    """Of the servers that run with this home, all of this user's, as nobody else can write there."""
    return [address for path in paths.files_in(_folder()) if (address := _address(path))]


def _address(path: Path) -> str:
    """What is in a file that somebody holds; one that nobody does is of a server that was killed, and goes."""
    with suppress(OSError):
        descriptor = try_lock(path)
        if descriptor is None:
            return path.read_text("ascii", "replace").strip()
        path.unlink()
        os.close(descriptor)
    return ""


def _folder() -> Path:
    return paths.home() / "servers"
