"""How long a run will still take: by its plan at first, by its own pace as soon as it has one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from videoai.engines.parts import parts_of
from videoai.history.job import Job
from videoai.resolving import recorded


class TimeLeft:
    """Hears what a run says, with the time of a clock at each word, in seconds.

    One of several `parts` passes its stages once for each, and their steps are those of all parts.
    """

    def __init__(self, parts: int = 1) -> None:
        self._parts = parts
        self._planned: dict[str, float] = {}
        self._done: dict[str, float] = {}
        self._stage, self._steps, self._began = "", 0, 0.0
        self._first: tuple[int, float] | None = None
        self._last: tuple[int, float] | None = None

    def plan(self, seconds: Mapping[str, float]) -> None:
        """What each stage is thought to take, in their order."""
        self._planned = dict(seconds)

    def stage(self, name: str, steps: int, now: float) -> None:
        """A stage of so many steps begins (0: not known); the one until now is done, and those before it."""
        self._pass({self._stage})
        self._stage, self._steps, self._began = name, steps, now
        self._first = self._last = None
        self._pass(self._before())

    def step(self, index: int, now: float) -> None:
        """So many steps of the stage are done. A run that goes on does not begin at the first."""
        self._last = (index, now)
        self._first = self._first or self._last
        if self._steps:
            self._done[self._stage] = index / self._steps
            self._pass(self._before())

    def go_on_at(self, name: str, index: int, steps: int) -> None:
        """A run is about to go on after so many steps of a stage: the parts before are whole."""
        self.stage(name, steps, 0.0)
        self.step(index, 0.0)
        if steps:
            self._raise(self._planned, self._parts_before(index))

    def seconds(self, now: float) -> float | None:
        """To the end of the run; None before it is planned, and after what is."""
        left = {name: planned * (1 - self._done.get(name, 0.0)) for name, planned in self._planned.items()}
        if self._stage in left:
            left[self._stage] = self._of_this(left[self._stage], now)
        elif not any(left.values()):
            return None
        return sum(left.values())

    def _before(self) -> set[str]:
        names = list(self._planned)
        return set(names[: names.index(self._stage)]) if self._stage in names else set()

    def _pass(self, names: set[str]) -> None:
        """Those stages are done, but for the parts to come."""
        index = self._last[0] if self._last else round(self._done.get(self._stage, 0.0) * self._steps) + 1
        done = self._parts_before(index) if self._steps else self._parts - 1
        self._raise(names, min(done + 1, self._parts))

    def _parts_before(self, index: int) -> int:
        """How many were done before the one that this step is of."""
        return max(index - 1, 0) * self._parts // self._steps

    def _raise(self, names: Iterable[str], parts: int) -> None:
        for name in names:
            self._done[name] = max(self._done.get(name, 0.0), parts / self._parts)

    def _of_this(self, planned: float, now: float) -> float:
        if self._last is None or not self._steps:
            return max(0.0, planned - (now - self._began))
        (first, start), (last, end) = self._first or self._last, self._last
        whole = self._planned[self._stage]
        pace = (end - start) / (last - first) if last > first else whole / self._steps
        return max(0.0, pace * (self._steps - last) - (now - end))


def seconds_from(planned: Mapping[str, float], job: Job) -> float:
    """What is left of a job that was broken off and goes on, of what each stage is thought to take: what it was at last
    is where it goes on, or little after it."""
    if not planned:
        return 0.0
    left = TimeLeft(1 if "source" in job.origin else len(parts_of(recorded(job.settings))))
    left.plan(planned)
    if job.stage is not None:
        left.go_on_at(job.stage, job.step or 0, job.total or 0)
    return left.seconds(0.0) or 0.0
