"""Which process has a job in hand, in a way that neither a reused pid nor a moved clock can confuse."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videoai.system.machine_id import boot_id, host, namespace, said_by

_TELLING = ("pid", "started", "boot_id", "namespace")


@dataclass(frozen=True, slots=True)
class Owner:
    """One process of one boot of one machine.

    `started` is when it began, in the system's own words: it is for comparing, not for reading. A pid means something
    in its `namespace` only, and `boot_id` in its `host`: a home can be shared by containers, and by machines over a
    network. `claim` is the attempt of the job that it got from the store, so that what is left of an earlier attempt in
    the same process is told apart; 0 stands for any.
    """

    pid: int
    started: str
    boot_id: str
    namespace: str = field(default="", compare=False)
    host: str = field(default="", compare=False)
    claim: int = field(default=0, compare=False)

    @staticmethod
    def this_process() -> Owner:
        """The process that asks. Raises OSError where the system does not say."""
        return _known(os.getpid())

    @staticmethod
    def of(pid: int) -> Owner | None:
        """The process that has this pid now; None if there is none, or only what its parent has yet to collect."""
        started = start_time(pid)
        return None if started is None else Owner(pid, started, boot_id(), namespace(), host())

    def to_dict(self) -> dict[str, Any]:
        """What tells this process from all others, as JSON values."""
        return {name: getattr(self, name) for name in _TELLING}

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Owner | None:
        """The inverse of `to_dict`; None if it is none of ours."""
        try:
            owner = Owner(**values)
        except TypeError:
            return None
        return owner if isinstance(owner.pid, int) and owner.pid > 0 else None

    def alive(self) -> bool | None:
        """Whether this very process still runs, be it stopped; None if that cannot be told from here."""
        if (self.boot_id, self.namespace) != (boot_id(), namespace()):
            return None
        try:
            return start_time(self.pid) == self.started
        except OSError:
            return None

    def is_of_an_earlier_boot(self, heard: float) -> bool:
        """Whether it was of this machine, before that was started anew. `heard` is when it last gave a sign of life,
        in wall time: a boot id alone can be another container's or another machine's, which runs."""
        import psutil

        return self.boot_id != boot_id() and self.host == host() and heard < psutil.boot_time()


@functools.cache
def _known(pid: int) -> Owner:
    """Kept, because on macOS it takes two processes to find out. The pid is the key, so a fork asks again."""
    owner = Owner.of(pid)
    if owner is None:
        raise ProcessLookupError(pid)
    return owner


def start_time(pid: int) -> str | None:
    """When the process began; None if there is none, or it has ended. Raises OSError if it cannot be told.

    psutil's create_time() would not do: on Linux it is counted from the boot's wall time, which moves with the
    clock, and a job would be taken from a process that lives. Ticks since the boot do not move, nor does what
    macOS notes when a process begins.
    """
    return from_ps(pid) if sys.platform == "darwin" else _from_proc(pid)


def _from_proc(pid: int) -> str | None:
    try:
        text = Path(f"/proc/{pid}/stat").read_text("ascii", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    # proc(5): the name, second, may contain anything; after its bracket the state is first, the start twentieth.
    fields = text.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else fields[19]


def from_ps(pid: int) -> str | None:
    """As `start_time`, where there is no /proc: to the second, which is enough to tell a reused pid."""
    state, _, started = said_by("/bin/ps", "-o", "stat=", "-o", "lstart=", "-p", str(pid)).partition(" ")
    return None if not started or state.startswith("Z") else " ".join(started.split())
