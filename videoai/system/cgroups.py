"""The memory limits that Linux puts on groups of processes (containers, systemd's slices), version 1 and 2.

A group's limit holds for all groups inside it too, so all of a process's groups count, from its own to the outermost
that can be seen. Sources: the kernel's Documentation/admin-guide/cgroup-v2.rst and cgroup-v1/memory.rst.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_NO_LIMIT = 1 << 60
"""Version 1 writes “none” as the largest multiple of a page that a number can be."""


@dataclass(frozen=True, slots=True)
class Cgroup:
    """A group of processes, by the folder of its files."""

    folder: Path
    v2: bool

    def limit(self) -> int | None:
        """The most memory its processes may have together, in bytes; None if there is no limit.

        Above version 2's `memory.high` nothing is killed, but every process is slowed until it hardly moves.
        """
        names = ("memory.max", "memory.high") if self.v2 else ("memory.limit_in_bytes",)
        limits = [value for name in names if (value := _number(self.folder / name)) is not None]
        return min((value for value in limits if value < _NO_LIMIT), default=None)

    def used(self) -> int:
        """What of that is taken, in bytes. Cached files do not count: they make way before anything is killed."""
        total = _number(self.folder / ("memory.current" if self.v2 else "memory.usage_in_bytes")) or 0
        counts = _table(self.folder / "memory.stat")
        prefix = "" if self.v2 else "total_"
        return max(0, total - sum(counts.get(f"{prefix}{name}_file", 0) for name in ("active", "inactive")))

    def kills(self) -> int | None:
        """How many processes in it were killed for memory since it was made; None if it does not say.

        Version 2 counts the groups inside it too, version 1 only its own processes.
        """
        return _table(self.folder / ("memory.events" if self.v2 else "memory.oom_control")).get("oom_kill")


def own_groups(root: Path = Path("/")) -> list[Cgroup]:
    """The groups that limit this process's memory, its own first, the outermost last; none where there are none."""
    try:
        groups = (root / "proc/self/cgroup").read_text("utf-8", "replace").splitlines()
        mounts = (root / "proc/self/mountinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    found: list[Cgroup] = []
    for line in groups:
        _, separator, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        v2 = separator == ":" and controllers == ""
        if not v2 and "memory" not in controllers.split(","):
            continue
        for top, inside in _mounts(mounts, v2):
            folder = root / top.lstrip("/") / _below(path, inside)
            found += [Cgroup(one, v2) for one in _up(folder, root / top.lstrip("/")) if one.is_dir()]
            break  # the same tree may be mounted in many places
    return found


def vmstat_kills(root: Path = Path("/")) -> int | None:
    """How many processes of the whole machine were killed for memory since it was started."""
    return _table(root / "proc/vmstat").get("oom_kill")


def _mounts(lines: list[str], v2: bool) -> Iterator[tuple[str, str]]:
    """Where the tree of groups is mounted, and which of its folders is seen there."""
    for line in lines:
        fields, _, rest = line.partition(" - ")
        where, what = fields.split(), rest.split()
        if len(where) < 5 or len(what) < 3:
            continue
        if what[0] == "cgroup2" if v2 else what[0] == "cgroup" and "memory" in what[2].split(","):
            yield _unescaped(where[4]), _unescaped(where[3])


def _below(path: str, inside: str) -> PurePosixPath:
    """A group's path from the mounted folder. A container may see its own group as the root, or one above as `..`."""
    group, seen = PurePosixPath(path), PurePosixPath(inside)
    if ".." in group.parts or not group.is_relative_to(seen):
        return PurePosixPath()
    return group.relative_to(seen)


def _up(folder: Path, top: Path) -> Iterator[Path]:
    yield folder
    while folder != top:
        folder = folder.parent
        yield folder


def _unescaped(text: str) -> str:
    for code, character in (("\\040", " "), ("\\011", "\t"), ("\\012", "\n"), ("\\134", "\\")):
        text = text.replace(code, character)
    return text


def _number(path: Path) -> int | None:
    try:
        return int(path.read_text().strip())
    except (OSError, ValueError):  # not there, not for us, or "max"
        return None


def _table(path: Path) -> dict[str, int]:
    """A file of lines of a name and a number."""
    try:
        rows = [line.split() for line in path.read_text().splitlines()]
        return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}
    except OSError:
        return {}
