"""The contract between a supervisor and what makes videos: a process of this machine, or another machine.

All that goes either way is a value. So nothing here knows a process, a folder or an exit code: how a run is brought to
its end, and how its death is explained, is its runner's business. The one of this machine is in local.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from videoai.events import Notice, Stage, Step
from videoai.jobs.artifacts import Artifact
from videoai.system.deaths import Death
from videoai.system.machine import Heartbeat
from videoai.system.messages import Done, Failed, Planned


@dataclass(frozen=True, slots=True)
class Work:
    """All that a run is given. `task` is `Task.to_dict()`, plain JSON values; `state` is what the last attempt has
    saved, of which this one goes on."""

    id: str
    task: Mapping[str, Any]
    photo: Artifact
    state: Artifact | None = None


RunEvent = Stage | Step | Notice | Heartbeat | Planned | Artifact
"""What a run says while it goes on. What it made comes as it is made, and the video before the end is told."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """It ended because that was asked for."""


End = Done | Failed | Cancelled | Death
"""How a run has ended: with a video, with an error of ours, as it was asked to, or of something else: then why."""


class Run(Protocol):
    """A video that is being made. Its methods may be called from any thread, `events` and `end` from one."""

    @property
    def worker(self) -> Mapping[str, Any] | None:
        """What its runner needs to find who computes it, once this program is gone: JSON values for the history."""
        ...

    def events(self, seconds: float) -> Iterator[RunEvent | None]:
        """What it says, until it says no more; None whenever it has said nothing for so long."""
        ...

    def cancel(self) -> None:
        """Ask it to end, while `events` are heard; in a few seconds it is made to."""
        ...

    def kill(self) -> None:
        """Make it end now. Nothing happens if it has ended."""
        ...

    def pause(self) -> None:
        """Let it compute nothing until it is told to `go_on`."""
        ...

    def go_on(self) -> None:
        """Let it compute again."""
        ...

    def end(self) -> End:
        """Wait for its end, and say how it ended."""
        ...


class Runner(Protocol):
    """Starts runs."""

    def start(self, work: Work) -> Run:
        """Begin, or go on. Raises OSError if none can be started now; VideoAiError if this one never can."""
        ...

    def end_left_over(self, worker: Mapping[str, Any]) -> None:
        """End what is left of a run whose program is gone; it may be one of another runner, or have ended long ago."""
        ...
