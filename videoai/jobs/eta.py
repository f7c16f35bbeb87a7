"""How long a run will still take: by its plan at first, by its own pace as soon as it has one."""

from __future__ import annotations

from collections.abc import Mapping


class TimeLeft:
    """Hears what a run says, with the time of a clock at each word, in seconds."""

    def __init__(self) -> None:
        self._planned: dict[str, float] = {}
        self._stage, self._steps, self._began = "", 0, 0.0
        self._first: tuple[int, float] | None = None
        self._last: tuple[int, float] | None = None

    def plan(self, seconds: Mapping[str, float]) -> None:
        """What each stage is thought to take, in their order."""
        self._planned = dict(seconds)

    def stage(self, name: str, steps: int, now: float) -> None:
        """A stage of so many steps begins (0: not known); those before it are done."""
        self._planned.pop(self._stage, None)
        names = list(self._planned)
        for done in names[: names.index(name)] if name in names else ():
            del self._planned[done]
        self._stage, self._steps, self._began = name, steps, now
        self._first = self._last = None

    def step(self, index: int, now: float) -> None:
        """So many steps of the stage are done. A run that goes on does not begin at the first."""
        self._last = (index, now)
        self._first = self._first or self._last

    def seconds(self, now: float) -> float | None:
        """To the end of the run; None before it is planned."""
        if not self._planned:
            return None
        later = self._planned.copy()
        this = later.pop(self._stage, 0.0)
        return self._of_this(this, now) + sum(later.values())

    def _of_this(self, planned: float, now: float) -> float:
        if self._last is None or not self._steps:
            return max(0.0, planned - (now - self._began))
        (first, start), (last, end) = self._first or self._last, self._last
        pace = (end - start) / (last - first) if last > first else planned / self._steps
        return max(0.0, pace * (self._steps - last) - (now - end))
