"""What a child process says to its supervisor, one line of JSON a message, over a pipe; and the words it is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import IO, Any, TypeGuard

from videoai.events import Event, Notice, Stage, Step
from videoai.language import kept, restored
from videoai.system.machine import Heartbeat


@dataclass(frozen=True, slots=True)
class Planned:
    """How it is computed, and what it is thought to take: videoai.memory.planner.Planned.to_dict()."""

    estimate: dict[str, Any]

    @property
    def plan(self) -> dict[str, Any]:
        """What the next attempt goes on by, in its engine's own words."""
        plan: dict[str, Any] = self.estimate["plan"]
        return plan


@dataclass(frozen=True, slots=True)
class Done:
    """The video is made. `seconds` are those of each stage of this attempt."""

    seconds: dict[str, float]
    peak_bytes: int | None


@dataclass(frozen=True, slots=True)
class Written:
    """A file is in the child's folder under this name, whole, perhaps in the place of an earlier one."""

    name: str


@dataclass(frozen=True, slots=True)
class Failed:
    """One of our own errors ended the run: its `error`, as VideoAiError.to_dict has it."""

    error: dict[str, Any]


CANCEL, PAUSE, GO_ON = b"cancel\n", b"pause\n", b"go on\n"
"""What a supervisor tells its child."""

Message = Stage | Step | Notice | Heartbeat | Planned | Written | Done | Failed
_KINDS: dict[str, Any] = {
    kind.__name__: kind for kind in (Stage, Step, Notice, Heartbeat, Planned, Written, Done, Failed)
}


def encode(message: Message) -> bytes:
    """A line."""
    return json.dumps([type(message).__name__, kept(asdict(message))]).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The inverse of `encode`. Raises ValueError."""
    try:
        name, values = restored(json.loads(line))
        message: Message = _KINDS[name](**values)
    except (TypeError, KeyError) as error:
        raise ValueError(f"no message: {line[:80]!r}") from error
    return message


def read_all(out: IO[bytes]) -> Iterator[Message]:
    """What is said through a pipe to its end. Raises ValueError for what is no message."""
    for line in out:
        if line.endswith(b"\n"):  # else its sender was killed in the middle of it, as its end tells
            yield decode(line)


def is_told(event: Event) -> TypeGuard[Stage | Step | Notice]:
    """Whether an event goes over the pipe; pictures and states go through files."""
    return isinstance(event, (Stage, Step, Notice))
