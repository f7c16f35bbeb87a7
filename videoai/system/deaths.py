"""Why a child process died, in a sentence, and what to do about it.

No system says outright that it killed a process for memory. Linux counts such kills, for each group of processes and
for the whole machine: a counter that rose while the child ran, and a SIGKILL that nobody here sent, are one story.
macOS tells an ordinary program nothing: there a SIGKILL of unknown origin and the pressure at the child's last sign of
life make it probable, and the sentence says no more than that.
"""

from __future__ import annotations

import re
import signal
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from videoai.language import joined, say
from videoai.system.cgroups import Cgroup, own_groups, vmstat_kills
from videoai.system.machine import Heartbeat, free_disk
from videoai.system.programs import Program, largest
from videoai.system.units import size

Kind = Literal["memory-kill", "killed", "abort", "out-of-memory", "crash", "disk-full", "error", "unknown"]

_OUT_OF_MEMORY = re.compile(
    r"\bMemoryError\b|OutOfMemoryError|out of memory|can't allocate memory|[Cc]annot allocate memory"
    r"|std::bad_alloc|Unable to allocate|Invalid buffer size|ErrorOutOfMemory|Insufficient Memory"
    r"|failed to map segment from shared object"
)
"""As Python, numpy, the C++ library, torch's allocators (CPU, CUDA, MPS), Metal and the loader of libraries say it."""


def is_want_of_memory(text: str) -> bool:
    """Whether that is what an error speaks of."""
    return _OUT_OF_MEMORY.search(text) is not None


_DISK_FULL = re.compile(r"No space left on device|\bENOSPC\b|Disk quota exceeded|database or disk is full")

_METAL = re.compile(r"Metal|\bMPS|\bMTL|AGX|IOGPU")

_FULL = 1 << 20
"""With less than this left, in bytes, a disk is full: file systems keep some blocks to themselves."""

_WORTH = 200 << 20
"""Closing a program with less than this, in bytes, helps nobody."""


@dataclass(frozen=True, slots=True)
class Death:
    """What happened and what to do. `memory`: with less of it in use, the same run may go well."""

    kind: Kind
    message: str
    hint: str
    memory: bool = False


@dataclass(frozen=True, slots=True)
class Watch:
    """What the counters said before the child was started."""

    group_kills: int | None
    machine_kills: int | None
    root: Path
    cgroup: Path | None
    folders: tuple[Path, ...]

    @classmethod
    def start(cls, root: Path = Path("/"), cgroup: Path | None = None, folders: Sequence[Path] = ()) -> Watch:
        """Take this before the child is started.

        `cgroup` is the folder of the child's group if that is not our own, `folders` are where it writes.
        """
        return cls(_group_kills(root, cgroup), vmstat_kills(root), root, cgroup, tuple(folders))

    def explain(
        self,
        returncode: int,
        stderr_tail: str = "",
        last_heartbeat: Heartbeat | None = None,
        sent: Collection[int] = (),
        error: Mapping[str, Any] | None = None,
        *,
        programs: Callable[[], list[Program]] = largest,
    ) -> Death:
        """Why it ended. `returncode` is subprocess's (a signal is negative) or a shell's (128 + the signal).

        `sent` are the signals that we sent it; `error` is what it said itself, as `VideoAiError.to_dict` does;
        `programs` is asked for the largest ones if memory was the trouble.
        """
        number = _signal(returncode)
        if error is not None:
            return _from_error(error, stderr_tail, programs)
        if number is None:
            return _from_exit(returncode, stderr_tail, programs)
        if number in sent:
            return Death("killed", say("VideoAi itself stopped the process."), say("Start it again whenever you like."))
        if number == signal.SIGKILL and (sure := self._killed_for_memory(last_heartbeat)):
            return _memory_kill(sure, last_heartbeat, programs)
        if number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
            return _killed(number)
        if number == signal.SIGABRT:
            return _aborted(stderr_tail, programs)
        if number == signal.SIGBUS and self._disk_full():
            return _disk_full()
        return _crashed(number)

    def _killed_for_memory(self, last: Heartbeat | None) -> Literal["surely", "probably"] | None:
        group, machine = _group_kills(self.root, self.cgroup), vmstat_kills(self.root)
        if _rose(self.group_kills, group):
            return "surely"
        if _rose(self.machine_kills, machine):
            # Some program was killed for memory: which one, the group's counter would know better.
            return "surely" if group is None else "probably"
        counted = group is not None or machine is not None
        # A daemon like systemd-oomd kills without the kernel's counting, but not before the machine is thrashing.
        telling = ("red",) if counted else ("yellow", "red")
        return "probably" if last is not None and last.pressure in telling else None

    def _disk_full(self) -> bool:
        return any(free_disk(folder) < _FULL for folder in self.folders)


def _group_kills(root: Path, cgroup: Path | None) -> int | None:
    groups = [Cgroup(cgroup, v2=(cgroup / "memory.events").exists())] if cgroup else own_groups(root)
    return next((kills for group in groups if (kills := group.kills()) is not None), None)


def _rose(before: int | None, after: int | None) -> bool:
    return after is not None and after > (before or 0)


def _signal(returncode: int) -> int | None:
    number = -returncode if returncode < 0 else returncode - 128
    return number if 0 < number < signal.NSIG else None


def _from_error(error: Mapping[str, Any], stderr: str, programs: Callable[[], list[Program]]) -> Death:
    """What the child said itself, with or without the "error" around it."""
    inner = error.get("error", error)
    code, message, hint = (inner.get(name) or "" for name in ("code", "message", "hint"))
    if code == "not_enough_memory":
        return Death("out-of-memory", message, hint, memory=True)
    if code == "write_failed":
        return Death("disk-full", message, hint)
    if code in ("", "failed") and (found := _from_text(f"{message}\n{stderr}", programs)):
        return found
    return Death("error", message or say("It failed without giving a reason."), hint)


def _from_exit(returncode: int, stderr: str, programs: Callable[[], list[Program]]) -> Death:
    if found := _from_text(stderr, programs):
        return found
    words = next((line.strip() for line in reversed(stderr.splitlines()) if line.strip()), "")
    ended = say("The process ended too early without giving a reason.")
    if returncode:
        ended = say("The process ended with exit code {code} without giving a reason.", code=returncode)
    return Death(
        "unknown",
        ended,
        say("Try again. Its last message was: {words}", words=words[:200]) if words else say("Try again."),
    )


def _from_text(text: str, programs: Callable[[], list[Program]]) -> Death | None:
    if is_want_of_memory(text):
        return Death("out-of-memory", say("There was not enough memory."), _closing(programs), memory=True)
    return _disk_full() if _DISK_FULL.search(text) else None


def _memory_kill(sure: str, last: Heartbeat | None, programs: Callable[[], list[Program]]) -> Death:
    by = say("The system stopped the process because memory ran out.")
    if sure == "probably":
        by = say("The system probably stopped it because memory ran out.")
    if last:
        own, left = size(last.rss), size(last.available)
        by = joined(" ", [by, say("The process used {own}, and {left} were available.", own=own, left=left)])
    return Death("memory-kill", by, _closing(programs), memory=True)


def _killed(number: int) -> Death:
    return Death(
        "killed",
        say(
            "Another program or someone on this computer stopped the process ({signal}).",
            signal=_name(number),
        ),
        say("Start it again; memory doesn't seem to be the cause."),
    )


def _aborted(stderr: str, programs: Callable[[], list[Program]]) -> Death:
    if found := _from_text(stderr, programs):
        return found
    if _METAL.search(stderr):
        return Death(
            "abort",
            say("The graphics software (Metal) stopped this run."),
            say("Choose a smaller preset, and update macOS; “videoai doctor --self-test” checks the processor."),
        )
    return Death(
        "abort",
        say("A library stopped this run (SIGABRT)."),
        say("Try again, or choose a smaller preset; “videoai doctor --self-test” checks the processor."),
    )


def _crashed(number: int) -> Death:
    return Death(
        "crash",
        say("The process crashed ({signal}).", signal=_name(number)),
        say("Try again; if it keeps happening, “videoai doctor --self-test” checks the processor and its libraries."),
    )


def _disk_full() -> Death:
    return Death("disk-full", say("The disk is full."), say("Free some space, then start it again."))


def _closing(programs: Callable[[], list[Program]]) -> str:
    """What to close, by name: those that are worth it."""
    names = [
        say("{program} ({size})", program=program.name, size=size(program.bytes))
        for program in programs()[:3]
        if program.bytes >= _WORTH
    ]
    if not names:
        return say("Choose a smaller preset, or weights with fewer bits.")
    return say("Close what you don't need of {programs}, or choose a smaller preset.", programs=joined(", ", names))


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return say("signal {number}", number=number)
