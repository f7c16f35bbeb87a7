"""Progress on stderr: one bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from videoai.cli.streams import NO_TERMINALS
from videoai.events import Event, Notice, Stage, Step
from videoai.finishing.registry import stage_title
from videoai.language import printable, say, shown
from videoai.system.units import size, speed

_LINE_SECONDS = 10.0
"""Plain lines report steps no more often than this: a log should not scroll."""


@contextmanager
def progress(title: str, *, quiet: bool) -> Iterator[Callable[[Event], None]]:
    """Yield a function that shows an event. Important notices are shown even if `quiet`."""
    title = printable(shown(title))
    if quiet:
        yield _important_only
    elif sys.stderr.isatty() and os.environ.get("TERM") not in NO_TERMINALS:
        with _bar(title) as show:
            yield show
    else:
        yield _Lines(title)


def _important_only(event: Event) -> None:
    if isinstance(event, Notice) and event.important:
        print(shown(event.message), file=sys.stderr, flush=True)


_SPEED_SECONDS = 5.0
"""What the speed is the mean of: what was there already, and took no time, is soon forgotten."""


class _Pace:
    """How far a stage is, in words: "3/20", or for bytes "1.2 of 4.5 GB, 12.3 MB/s"."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        self._samples: deque[tuple[float, int]] = deque()

    def text(self, done: int) -> str:
        total = self._stage.steps
        if not total:
            return ""
        if self._stage.unit != "bytes":
            return f"{done}/{total}"
        self._samples.append((time.monotonic(), done))
        while self._samples[-1][0] - self._samples[0][0] > _SPEED_SECONDS:
            self._samples.popleft()
        (began, first), (now, last) = self._samples[0], self._samples[-1]
        said = {"done": size(done), "total": size(total)}
        if now - began < 1:
            return say("{done} of {total}", **said)
        return say("{done} of {total}, {speed}", **said, speed=speed(max(last - first, 0) / (now - began)))


class _Lines:
    def __init__(self, title: str) -> None:
        self._title = title
        self._stage = Stage("", 0)
        self._pace = _Pace(self._stage)
        self._last = 0.0

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        if isinstance(event, Stage):
            self._stage, self._pace = event, _Pace(event)
            self._say(stage_title(event.name), now)
        elif isinstance(event, Notice):
            self._say(event.message, now)
        elif isinstance(event, Step) and now - self._last >= _LINE_SECONDS:
            what = stage_title(self._stage.name)
            self._say(say("{what}: {pace}", what=what, pace=self._pace.text(event.index)), now)

    def _say(self, text: str, now: float) -> None:
        self._last = now
        print(f"{self._title}: {shown(text)}", file=sys.stderr, flush=True)


@contextmanager
def _bar(title: str) -> Iterator[Callable[[Event], None]]:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(
        SpinnerColumn(),
        TextColumn("{task.fields[title]}", markup=False, style="bold"),
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=28),
        TextColumn("{task.fields[count]}", markup=False, style="cyan"),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,  # the finished bar makes room for the line that says where the video is
    )
    with bar:
        task = bar.add_task("", total=None, title=title, count="")
        pace = _Pace(Stage("", 0))

        def show(event: Event) -> None:
            nonlocal pace
            if isinstance(event, Stage):
                pace = _Pace(event)
                # A new stage has a pace of its own: the time left must not be guessed from the last one's.
                words = stage_title(event.name)
                bar.reset(task, total=event.steps or None, description=shown(words), title=title, count="")
            elif isinstance(event, Step):
                bar.update(task, completed=event.index, count=shown(pace.text(event.index)))
            elif isinstance(event, Notice):
                console.print(shown(event.message), style="dim", markup=False, highlight=False)

        yield show
