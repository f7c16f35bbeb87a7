"""Disks of our own, for what only a real one refuses: full to the last byte, read-only, in the way."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


@contextmanager
def mounted(folder: Path, size: str = "40m") -> Iterator[Path]:
    """An empty file system at `folder`; without the right to mount one the test is skipped, or fails where CI must."""
    folder.mkdir(parents=True, exist_ok=True)
    if sys.platform != "linux" or os.geteuid() != 0:
        _cannot("mounting a disk needs root on Linux")
    if _run("mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder).returncode:
        _cannot("this machine does not let root mount")
    try:
        yield folder
    finally:
        _run("umount", "--lazy", folder)


def remount(folder: Path, how: str) -> None:
    """Let it be "ro" or "rw" from now on."""
    assert _run("mount", "-o", f"remount,{how}", folder).returncode == 0


def fill(folder: Path) -> Path:
    """A file in `folder` that takes all there is, to the last byte."""
    ballast = folder / "ballast"
    with ballast.open("wb", buffering=0) as file:
        for piece in (1 << 20, 1 << 12, 1):
            try:
                while file.write(bytes(piece)):
                    pass
            except OSError:
                continue
    free = os.statvfs(folder)
    assert free.f_bavail == 0
    return ballast


def _run(*command: object) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([str(word) for word in command], capture_output=True)


def _cannot(why: str) -> None:
    if os.environ.get("VIDEOAI_REQUIRE_TOOLS"):
        pytest.fail(why)
    pytest.skip(why)
