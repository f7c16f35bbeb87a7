"""The run of a proof: a job like any other, in its own process, watched closely while it computes."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from videoai.events import Notice, OnEvent, Pixels, Stage, Step
from videoai.history.folder import PHOTO
from videoai.history.job import new_id
from videoai.history.owner import Owner
from videoai.history.task import Task
from videoai.jobs.artifacts import OnDisk
from videoai.jobs.local import LocalRunner
from videoai.jobs.pausing import pause_with_us
from videoai.jobs.runner import Run, RunEvent, Work
from videoai.system.deaths import Death
from videoai.system.footprint import footprint
from videoai.system.machine import Heartbeat, Machine, Pressure
from videoai.system.messages import Done, Failed, Planned
from videoai.upkeep.proof.places import ProofFolder

_LOOK_SECONDS = 0.2
"""Between two looks at what the process holds: a stage of a tiny network is seen too, and it costs nothing."""
_MACHINE_SECONDS = 1.0
"""Between two looks at the machine, which on a Mac ask another program."""
_WORST: tuple[Pressure, ...] = ("green", "yellow", "red")


@dataclass(slots=True)
class WatchedRun:
    """What a run was seen to do. Bytes and seconds are by stage; `steps` are the seconds of each denoising step.

    `planned` is PlannedRun.to_dict(), `error` what ended the run, as VideoAiError.to_dict has it.
    """

    error: Mapping[str, str] | None = None
    planned: Mapping[str, Any] | None = None
    held_bytes: dict[str, int] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)
    steps: list[float] = field(default_factory=list)
    notices: list[str] = field(default_factory=list)
    peak_bytes: int | None = None
    pressure: Pressure = "green"
    available_bytes: int | None = None
    swap_before_bytes: int = 0
    swap_most_bytes: int = 0

    def to_dict(self) -> dict[str, Any]:
        """Plain JSON values."""
        return asdict(self)


def picture(width: int, height: int) -> Pixels:
    """A photo of nothing: colours that run into each other, with a little noise."""
    y, x = np.mgrid[0:height, 0:width] / max(width, height)
    waves = np.stack([np.sin(9 * x + 3 * y), np.sin(4 * y - 6 * x), np.cos(7 * x * y)], axis=-1)
    noise = np.random.default_rng(0).normal(0, 0.05, waves.shape)
    return ((waves + noise).clip(-1, 1) * 127 + 128).astype(np.uint8)


def run(place: ProofFolder, task: Task, on_event: OnEvent) -> WatchedRun:
    """Let the job be run, and watch it to its end. What `on_event` raises, or Ctrl-C, ends it. Raises OSError."""
    seen = WatchedRun(swap_before_bytes=Machine.now().swap_used)
    work = Work(new_id(time.time()), task.to_dict(), OnDisk(place.path / PHOTO), state=OnDisk(place.state))
    running = LocalRunner(place.jobs).start(work)
    try:
        pause_with_us(running)
        watcher = _Watcher(seen, running, on_event)
        for event in running.events(_LOOK_SECONDS):
            watcher.hear(event)
        watcher.end()
        _note_end(seen, running)
    except BaseException:
        running.kill()
        running.end()
        raise
    return seen


def _note_end(seen: WatchedRun, running: Run) -> None:
    ended = running.end()
    if isinstance(ended, Done):
        seen.peak_bytes = ended.peak_bytes
        seen.seconds = {name: round(seconds, 3) for name, seconds in ended.seconds.items()}
    elif isinstance(ended, Failed):
        seen.error = ended.error
    elif isinstance(ended, Death):
        seen.error = {"code": ended.kind, "message": ended.message, "hint": ended.hint}
    else:
        raise RuntimeError("a run was cancelled that nobody has asked to end")


class _Watcher:
    """Takes in what the run says, and looks at its process and at the machine while it says nothing."""

    def __init__(self, seen: WatchedRun, running: Run, on_event: OnEvent) -> None:
        self._seen, self._on_event = seen, on_event
        process = Owner.from_dict(running.worker) if running.worker else None
        self._pid = process.pid if process else None
        self._stage, self._since = "", 0.0
        self._looked = self._looked_at_machine = 0.0

    def hear(self, event: RunEvent | None) -> None:
        now = time.monotonic()
        self._look(now)
        if isinstance(event, Stage):
            self._begin(event.name, now)
        elif isinstance(event, Step) and self._stage == "denoise":
            self._seen.steps.append(round(now - self._since - sum(self._seen.steps), 3))
        elif isinstance(event, Planned):
            self._seen.planned = event.estimate
        elif isinstance(event, Notice):
            self._seen.notices.append(event.message)
        elif isinstance(event, Heartbeat):
            self._press(event.pressure, event.available)
        if isinstance(event, Stage | Step | Notice):
            self._on_event(event)

    def end(self) -> None:
        self._begin("", time.monotonic())

    def _begin(self, stage: str, now: float) -> None:
        """What died told no seconds: those that it was seen to take stand in."""
        if self._stage:
            self._seen.seconds[self._stage] = round(now - self._since, 3)
        self._stage, self._since = stage, now
        if stage == "denoise":
            self._seen.steps.clear()  # of an attempt whose numbers overflowed

    def _look(self, now: float) -> None:
        if self._pid is None or not self._stage or now - self._looked < _LOOK_SECONDS / 2:
            return
        self._looked = now
        held = footprint(self._pid)
        if held is not None:
            self._seen.held_bytes[self._stage] = max(held, self._seen.held_bytes.get(self._stage, 0))
        if now - self._looked_at_machine >= _MACHINE_SECONDS:
            self._looked_at_machine = now
            machine = Machine.now()
            self._seen.swap_most_bytes = max(self._seen.swap_most_bytes, machine.swap_used)
            self._press(machine.pressure, machine.available)

    def _press(self, pressure: Pressure, available: int) -> None:
        self._seen.pressure = max(self._seen.pressure, pressure, key=_WORST.index)
        least = self._seen.available_bytes
        self._seen.available_bytes = available if least is None else min(least, available)
