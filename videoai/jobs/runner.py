"""The contract between the supervisor and whatever makes a video: a process on this computer, or another computer.

Everything that goes either way is a plain value, so nothing here knows about processes, folders or exit codes: each
runner knows how to end its runs, and how to explain why one died. The runner of this computer is in local.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from videoai.events import Notice, Stage, Step
from videoai.jobs.artifacts import Artifact
from videoai.system.deaths import Death
from videoai.system.machine import Heartbeat
from videoai.system.messages import Done, Failed, Planned


@dataclass(frozen=True, slots=True)
class Work:
    """Everything a run needs. `task` is `Task.to_dict()`, plain JSON values; `near` is how near the parts of the
    photo are, if its file said that; `state` is what the last attempt saved,
    from which this one continues; `frames` are what it has made, or what was given to be
    finished: if it is all of them, this one makes none anew."""

    id: str
    task: Mapping[str, Any]
    photo: Artifact
    near: Artifact | None = None
    state: Artifact | None = None
    frames: Sequence[Artifact] = ()


RunEvent = Stage | Step | Notice | Heartbeat | Planned | Artifact
"""What a run reports. Artifacts come as they are made, and the video comes before the end."""


@dataclass(frozen=True, slots=True)
class Cancelled:
    """The run ended because it was asked to."""


End = Done | Failed | Cancelled | Death
"""How a run ended: with a video, with a VideoAiError, because it was asked to, or by dying, and then why."""


class Run(Protocol):
    """A video being made. Call `events` and `end` from one thread; the other methods from any."""

    @property
    def worker(self) -> Mapping[str, Any] | None:
        """What the runner needs to find the worker again once this program is gone: JSON values for the history."""
        ...

    def events(self, seconds: float) -> Iterator[RunEvent | None]:
        """Yield what the run reports until it ends, and None whenever it reports nothing for `seconds`."""
        ...

    def cancel(self) -> None:
        """Ask the run to end while `events` is being read; after a few seconds, force it to."""
        ...

    def kill(self) -> None:
        """End the run now. Does nothing if it has already ended."""
        ...

    def pause(self) -> None:
        """Stop computing until `go_on`."""
        ...

    def go_on(self) -> None:
        """Continue computing."""
        ...

    def end(self) -> End:
        """Wait for the run to end, and return how it ended."""
        ...


class Runner(Protocol):
    """Starts runs."""

    def start(self, work: Work) -> Run:
        """Start a run, or continue one. Raises OSError if none can start now, VideoAiError if this one never can."""
        ...

    def end_left_over(self, worker: Mapping[str, Any]) -> None:
        """End what is left of a run whose program is gone. It may belong to another runner, or have ended long ago."""
        ...
