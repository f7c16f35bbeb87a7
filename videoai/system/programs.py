"""Which programs have the most memory: what to close when a run does not fit."""

from __future__ import annotations

import itertools
import re
import sys
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import psutil

from videoai.language import printable

_INTERPRETER = re.compile(r"(python|Python|node|java|ruby|perl)[\d.]*$")


@dataclass(frozen=True, slots=True)
class Program:
    """An application with all its processes; `bytes` is what they have in memory together."""

    name: str
    bytes: int


def largest(count: int = 5, *, ours: Collection[int] = ()) -> list[Program]:
    """The `count` programs with the most memory, largest first; not this process, its children and those of `ours`.

    On Linux memory that several processes share is divided among them (PSS), so that a browser of thirty processes
    is not counted thirty times over; reading it takes the kernel 1 ms for each 300 MB or so, so it is read only as far
    down the list as it can change the answer. On macOS, and for other users' processes, no such figure is to be had:
    there each process counts in full, and a program of many processes seems larger than it is.
    """
    groups = _groups(_tree(ours))
    resident = {name: sum(rss for _, rss in members) for name, members in groups.items()}
    found: list[Program] = []
    for name in sorted(groups, key=resident.__getitem__, reverse=True):
        if len(found) >= count and resident[name] <= sorted(p.bytes for p in found)[-count]:
            break  # a fair share is never more than what is resident: none of the rest can come before these
        found.append(Program(printable(name), sum(_fair(process, rss) for process, rss in groups[name])))
    return sorted(found, key=lambda program: program.bytes, reverse=True)[:count]


def _groups(without: Collection[int]) -> dict[str, list[tuple[psutil.Process, int]]]:
    """Every process that can be looked at and its resident bytes, by application."""
    groups: dict[str, list[tuple[psutil.Process, int]]] = defaultdict(list)
    for process in psutil.process_iter():
        if process.pid in without:
            continue
        try:
            rss = process.memory_info().rss
            if rss:  # the kernel's own threads have none
                groups[_application(process)].append((process, rss))
        except (psutil.Error, OSError):  # gone meanwhile, or another user's
            continue
    return groups


def _application(process: psutil.Process) -> str:
    try:
        executable = process.exe()
    except (psutil.Error, OSError):
        executable = ""
    name = application(executable, process.name())
    return script(process.cmdline()) or name if _INTERPRETER.match(name) else name


def script(command: Sequence[str]) -> str:
    """What an interpreter was told to run, without its folder: "python" says nothing about what to close."""
    for before, word in itertools.pairwise(command):
        if word == "-c":
            break
        if before == "-m" or not word.startswith("-"):
            return PurePath(word).name
    return ""


def application(executable: str, name: str) -> str:
    """What a user calls the program: on macOS the outermost .app that it is in, else its file, else its name.

    The helpers of a browser are bundles inside its own; on Linux they have other names and the same file.
    """
    if executable.startswith("/memfd:"):  # a program without a file
        return name
    bundle = next((part for part in PurePath(executable).parts if part.endswith(".app")), None)
    if bundle is not None:
        return bundle.removesuffix(".app")
    return PurePath(executable.removesuffix(" (deleted)")).name or name


def _fair(process: psutil.Process, rss: int) -> int:
    if sys.platform != "linux":
        return rss
    try:
        return int(process.memory_full_info().pss)
    except (psutil.Error, OSError):
        return rss


def _tree(ours: Collection[int]) -> set[int]:
    """This process, those of `ours`, and all that they have started."""
    pids: set[int] = set()
    for pid in {psutil.Process().pid, *ours}:
        try:
            pids |= {pid, *(child.pid for child in psutil.Process(pid).children(recursive=True))}
        except (psutil.Error, OSError):
            continue
    return pids
