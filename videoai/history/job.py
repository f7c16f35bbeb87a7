"""One job: a photo and what is wanted of it, from the queue to the video."""

from __future__ import annotations

import os
import sqlite3
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from videoai.errors import JobConflict
from videoai.history.owner import Owner
from videoai.language import restored, say
from videoai.system.strict_json import read_json

STATES = ("queued", "running", "done", "failed", "cancelled", "stopped")
QUEUED, RUNNING, DONE, FAILED, CANCELLED, STOPPED = STATES

UNFINISHED = (STOPPED, CANCELLED, FAILED)
"""Those that nothing goes on with but a person's word."""

WORDS = {
    QUEUED: say("queued"),
    RUNNING: say("running"),
    DONE: say("done"),
    FAILED: say("failed"),
    CANCELLED: say("cancelled"),
    STOPPED: say("stopped"),
}
"""What people call the states."""

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
"""Base 32 without the letters that look like others (Crockford's), in the order of ASCII."""

LAST_MOMENT = 253402300799
"""The end of the year 9999, in seconds since 1970: Python's calendar knows nothing after it."""

JSON_COLUMNS = ("settings", "origin", "plan", "reason", "seconds", "notices", "worker")


@dataclass(frozen=True, slots=True)
class Job:
    """A row of the jobs table, as it was when it was read.

    `settings` decide what the video shows, `origin` is where the job came from: of one from the page, its photo's id
    and the preset. `reason` is why it failed: code, message, hint. `seconds` are those of each stage. `owner` is the
    supervisor that has it in hand, or for which it waits; `foreground`: that makes it for somebody who looks on, as a
    command does, and without it the job is stopped; `worker` is what its runner needs to find who computed it last,
    perhaps still; `lease_until` is of the owner's monotonic clock, `heard`, its last sign of life, of the wall clock.
    `binned` is when it was put into the bin, by the wall clock.
    """

    id: str
    created: float
    title: str
    settings: dict[str, Any]
    origin: dict[str, Any]
    state: str
    position: int
    version: int
    attempt: int = 0
    crash_count: int = 0
    queue_position: int | None = None
    foreground: bool = False
    owner: Owner | None = None
    worker: dict[str, Any] | None = None
    lease_until: float | None = None
    heard: float | None = None
    stage: str | None = None
    step: int | None = None
    total: int | None = None
    eta_seconds: float | None = None
    cancel_requested: bool = False
    reason: dict[str, str] | None = None
    plan: dict[str, Any] | None = None
    output: str | None = None
    seconds: dict[str, float] = field(default_factory=dict)
    peak_bytes: int | None = None
    notices: list[str] = field(default_factory=list)
    favourite: bool = False
    binned: float | None = None

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape that the web API and the command line share; processes and leases are nobody's business."""
        hidden = ("owner", "worker", "lease_until", "heard", "position")
        values = {name: getattr(self, name) for name in self.__slots__ if name not in hidden}
        return values | {name: values[name] and iso(values[name]) for name in ("created", "binned")}

    @staticmethod
    def from_row(row: sqlite3.Row) -> Job:
        """The inverse of what the store writes. Raises ValueError if the row holds something else."""
        values = {name: row[name] for name in Job.__slots__ if name != "owner"}
        for name in JSON_COLUMNS:
            if row[name] is not None:
                values[name] = restored(read_json(row[name], names_files=True))
        for name in ("cancel_requested", "foreground", "favourite"):
            values[name] = bool(row[name])
        if isinstance(row["output"], bytes):  # a path that is no UTF-8
            values["output"] = os.fsdecode(row["output"])
        if not all(0 <= (values[name] or 0) <= LAST_MOMENT for name in ("created", "binned")):
            raise ValueError("a time that no calendar has")
        if row["owner_pid"] is not None:
            values["owner"] = Owner(
                row["owner_pid"],
                row["owner_started"],
                row["boot_id"],
                row["namespace"] or "",
                row["host"] or "",
                row["attempt"],
            )
        return Job(**values)


def iso(moment: float) -> str:
    """A moment of wall time, as JSON has it."""
    return datetime.fromtimestamp(moment, timezone.utc).isoformat(timespec="seconds")


def need_listed(job: Job) -> None:
    """Raises JobConflict for a job in the bin: nothing is made of it there."""
    if job.binned is not None:
        raise JobConflict(say("Job {id} is in the bin.", id=job.id), say("Restore it first."))


def is_id(text: str) -> bool:
    """Whether `new_id` could have made it."""
    return len(text) == ID_LENGTH and not set(text) - set(ALPHABET)


def made_at(id: str) -> float:
    """The wall time in an id, to the millisecond."""
    number = sum(ALPHABET.index(letter) << shift for letter, shift in zip(id, _SHIFTS, strict=True))
    return (number >> _RANDOM_BITS) / _TICKS


ID_LENGTH = 14
_TICKS = 1024
"""Moments in a second that ids tell apart."""
_RANDOM_BITS = 25
_SHIFTS = range(5 * (ID_LENGTH - 1), -1, -5)


def new_id(now: float) -> str:
    """An id for a job made at `now` (wall time): 14 characters, those of later milliseconds sort later.

    The time comes first so that jobs made minutes apart are told apart by their first six characters; 25 random
    bits follow, so that two programs never make the same.
    """
    # Not the secrets module: it loads what costs a quarter of importing the store.
    number = int(now * _TICKS) << _RANDOM_BITS | int.from_bytes(os.urandom(4), "big") >> 7
    return "".join(ALPHABET[number >> shift & 31] for shift in _SHIFTS)
