"""How much memory this machine has, how hard pressed it is for it, and how much of it one run may have."""

from __future__ import annotations

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import psutil

from videoai.system.cgroups import own_groups

Pressure = Literal["green", "yellow", "red"]
"""As in Activity Monitor: there is enough; the system has begun to compress and swap; it is about to kill."""

Sysctl = Callable[..., Mapping[str, str]]
"""Takes names of macOS's system values and returns those that there are."""

GIB = 1 << 30

_SYSCTL = "/usr/sbin/sysctl"
"""By its full path: that folder is not on the path of every program started from the desktop."""

_PATIENCE = 2.0
"""Seconds to wait for it; it takes milliseconds, but a machine that swaps hard may not answer at all."""

SHARE = 2 / 3
"""Of all memory, what one run may have: the rest is the system's and the programs' that stay open."""


TORCH_BYTES = 320 << 20
"""Python, torch and the kernels it loads with its first layers, in bytes: measured, on Linux."""


@dataclass(frozen=True, slots=True)
class Machine:
    """What there is at one moment, in bytes.

    `available` is what can be had without swapping; `idle` what other programs hold and the system can compress to
    about half (macOS; 0 elsewhere); `own` what this process has. `limit` is that of the group of processes which
    leaves the least room, `limit_used` what is used of it, cached files aside; None where nothing is limited.
    `recommended` is what the graphics processor of an Apple chip may use of the memory, None on other machines.
    """

    total: int
    available: int
    swap_total: int
    swap_used: int
    pressure: Pressure
    own: int = 0
    idle: int = 0
    limit: int | None = None
    limit_used: int | None = None
    recommended: int | None = None

    @staticmethod
    def now(root: Path = Path("/"), *, system: str = sys.platform, sysctl: Sysctl | None = None) -> Machine:
        """What there is now. Takes a few milliseconds; `root`, `system` and `sysctl` stand in for another machine's."""
        own = psutil.Process().memory_info().rss
        if system == "darwin":
            return _mac(own, sysctl or read_sysctl)
        return _linux(own, root)

    @property
    def budget(self) -> int:
        """The bytes that one run may use here and now, this process's own among them; never negative.

        The least of: two thirds of all memory; what the graphics processor may use; what the others in its group leave
        of the limit, less 1/32 of it (at least 64 MiB) for the kernel's own share of the group; and what is
        available, less 1/32 of all memory (at least 256 MiB) for the programs that go on working meanwhile.
        For a child that is still to be started: `dataclasses.replace(machine, own=0).budget`.
        """
        free = self.available + self.own + self._squeezed() - max(self.total // 32, GIB // 4)
        bounds = [int(self.total * SHARE), free]
        if self.recommended is not None:
            bounds.append(self.recommended)
        if self.limit is not None:
            others = max(0, (self.limit_used or 0) - self.own)
            bounds.append(self.limit - others - max(self.limit // 32, GIB // 16))
        return max(0, min(bounds))

    def budget_beside_others(self, kept: int) -> int:
        """The same for a run in a process that is a user's program: of what that has, `kept` bytes are a run's own, and
        what torch takes; the rest stays where it is."""
        return replace(self, own=min(self.own, TORCH_BYTES + kept)).budget

    def _squeezed(self) -> int:
        """What macOS gains by compressing idle programs: half of what they have; less when it has begun already.

        Without it, a Mac of 8 GB would seem full most of the time: its “available” leaves out all that open programs
        hold, however long they have not touched it. Not measured here; the half is Apple's own figure.
        """
        share = {"green": 2, "yellow": 4, "red": 0}[self.pressure]
        return max(0, self.idle - self.own) // share if share else 0


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """That a child lives, and the memory there is, in bytes: its own, and what is left of the machine's."""

    rss: int
    available: int
    pressure: Pressure


def _linux(own: int, root: Path) -> Machine:
    sizes = _meminfo(root / "proc/meminfo")
    total, available = sizes["MemTotal"], sizes.get("MemAvailable", sizes["MemFree"])
    limits = [(limit, group.used()) for group in own_groups(root) if (limit := group.limit()) is not None]
    # A group inside another may have the smaller limit and yet more room than the outer one.
    limit, used = min(
        ((limit, used) for limit, used in limits if limit < total),
        key=lambda pair: pair[0] - pair[1],
        default=(None, None),
    )
    swap = sizes.get("SwapTotal", 0)
    return Machine(
        total=total,
        available=available,
        swap_total=swap,
        swap_used=swap - sizes.get("SwapFree", swap),
        pressure=_linux_pressure(_stalled(root / "proc/pressure/memory"), available / total),
        own=own,
        limit=limit,
        limit_used=used,
    )


def _linux_pressure(stalled: float, available: float) -> Pressure:
    """From the share of the last ten seconds in which some program waited for memory, in percent, and what is left.

    Under 5 % left, the kernel is near to killing; a machine that waits two fifths of its time is thrashing
    (systemd-oomd kills at 60 %, after half a minute of it).
    """
    if stalled >= 40 or available < 0.05:
        return "red"
    return "yellow" if stalled >= 10 or available < 0.15 else "green"


def _mac(own: int, sysctl: Sysctl) -> Machine:
    values = sysctl("hw.memsize", "hw.optional.arm64", "iogpu.wired_limit_mb", "kern.memorystatus_vm_pressure_level")
    memory, swap = psutil.virtual_memory(), psutil.swap_memory()
    total = _whole(values, "hw.memsize") or memory.total
    levels: dict[int, Pressure] = {2: "yellow", 4: "red"}
    return Machine(
        total=total,
        available=min(memory.available, total),
        swap_total=swap.total,
        swap_used=swap.used,
        pressure=levels.get(_whole(values, "kern.memorystatus_vm_pressure_level"), "green"),
        own=own,
        idle=int(getattr(memory, "active", 0)),
        recommended=_recommended(total, values),
    )


def _recommended(total: int, values: Mapping[str, str]) -> int | None:
    """Metal's recommendedMaxWorkingSetSize: 5.33 GiB of 8; the user may have set another with `sysctl`."""
    if _whole(values, "hw.optional.arm64") != 1:
        return None
    if chosen := _whole(values, "iogpu.wired_limit_mb"):
        return min(chosen << 20, total)
    return total * 2 // 3 if total <= 36 * GIB else total * 3 // 4


def read_sysctl(*names: str) -> dict[str, str]:
    """The macOS system values of these names; without those that it does not have, empty where there are none."""
    try:
        # With open files left alone Python spawns rather than forks, which Metal would not survive for sure.
        result = subprocess.run(  # noqa: S603
            [_SYSCTL, "-i", *names], capture_output=True, text=True, timeout=_PATIENCE, check=False, close_fds=False
        )
    except (OSError, subprocess.SubprocessError):
        return {}
    pairs = (line.partition(": ") for line in result.stdout.splitlines())
    return {name: value.strip() for name, separator, value in pairs if separator}


def peak_bytes() -> int:
    """The most memory that this process has had in use at once."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024  # macOS counts bytes, Linux KiB


def free_disk(folder: Path) -> int:
    """The bytes that are free on the disk where `folder` is, or will be once it is made."""
    return shutil.disk_usage(existing(folder)).free


def existing(folder: Path) -> Path:
    """The nearest folder above that is there, as far as we may look, or `folder` itself."""
    folder = folder.absolute()
    return next(place for place in (folder, *folder.parents) if os.path.exists(place))


def _meminfo(path: Path) -> dict[str, int]:
    rows = re.findall(r"^(\w+):\s+(\d+) kB$", path.read_text(), re.MULTILINE)
    return {name: int(kib) * 1024 for name, kib in rows}


def _stalled(path: Path) -> float:
    """Linux's pressure stall figure, in percent; 0 where the kernel does not keep it."""
    try:
        found = re.search(r"^some avg10=([\d.]+)", path.read_text(), re.MULTILINE)
    except OSError:
        return 0.0
    return float(found[1]) if found else 0.0


def _whole(values: Mapping[str, str], name: str) -> int:
    text = values.get(name, "")
    return int(text) if text.isdigit() else 0
