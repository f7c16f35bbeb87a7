"""Fake /proc and /sys trees, and a real memory cgroup where root may make one."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

MIB = 1 << 20
GIB = 1 << 30

V2_MOUNT = "30 23 0:26 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate"
V1_MOUNT = "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime shared:9 - cgroup cgroup rw,memory"


def write(root: Path, files: dict[str, object]) -> Path:
    for name, content in files.items():
        path = root / name.lstrip("/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{content}\n")
    return root


def linux(root: Path, *, total: int = 8 * GIB, available: int = 5 * GIB, **more: object) -> Path:
    """A Linux machine; `swap` and `swap_free` in bytes, `some` as in /proc/pressure/memory."""
    swap, free = int(more.get("swap", 0)), int(more.get("swap_free", 0))
    rows = {
        "MemTotal": total,
        "MemFree": available // 2,
        "MemAvailable": available,
        "SwapTotal": swap,
        "SwapFree": free,
    }
    meminfo = "\n".join(f"{name}:{size // 1024:>12} kB" for name, size in rows.items()) + "\nHugePages_Total:       0"
    write(root, {"/proc/meminfo": meminfo})
    if "some" in more:
        write(
            root, {"/proc/pressure/memory": f"some avg10={more['some']} avg60=0.00 avg300=0.00 total=1\nfull avg10=99"}
        )
    return root


def v2(root: Path, groups: dict[str, dict[str, object]], own: str, mount: str = V2_MOUNT) -> Path:
    """Version 2 groups by path, with the contents of their files."""
    files = {f"/sys/fs/cgroup{path}/{name}": text for path, rows in groups.items() for name, text in rows.items()}
    return write(root, files | {"/proc/self/cgroup": f"0::{own}", "/proc/self/mountinfo": mount})


def v1(root: Path, groups: dict[str, dict[str, object]], own: str, mount: str = V1_MOUNT) -> Path:
    """Version 1 groups beside an empty version 2 tree, as systemd's hybrid layout has them."""
    lines = f"12:cpu,cpuacct:/wrong\n5:memory:{own}\n1:name=systemd:{own}\n0::/"
    files = {
        f"/sys/fs/cgroup/memory{path}/{name}": text for path, rows in groups.items() for name, text in rows.items()
    }
    other = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
    (root / "sys/fs/cgroup/unified").mkdir(parents=True)
    return write(root, files | {"/proc/self/cgroup": lines, "/proc/self/mountinfo": f"{mount}\n{other}"})


@contextmanager
def real_cgroup(limit: int) -> Iterator[Path]:
    """A memory cgroup of `limit` bytes without swap; skips the test where none can be made."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("making a memory cgroup needs root on Linux")
    v1_tree, v2_tree = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")
    tree = v1_tree if (v1_tree / "memory.limit_in_bytes").exists() else v2_tree
    folder = tree / f"videoai-test-{secrets.token_hex(4)}"
    try:
        folder.mkdir()
    except OSError as error:
        pytest.skip(f"no memory cgroup can be made here: {error}")
    try:
        names = ["memory.limit_in_bytes", "memory.memsw.limit_in_bytes"]
        names = names if tree == v1_tree else ["memory.max", "memory.swap.max"]
        if not (folder / names[0]).exists():
            pytest.skip("the memory controller is not enabled for groups made here")
        (folder / names[0]).write_text(str(limit))
        if (folder / names[1]).exists():
            (folder / names[1]).write_text("0" if names[1] == "memory.swap.max" else str(limit))
        yield folder
    finally:
        folder.rmdir()
