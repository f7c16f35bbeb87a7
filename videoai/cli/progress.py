"""Progress on stderr: one bar on a terminal, plain lines anywhere else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from videoai.events import Event, Notice, Stage, Step

_WORDS = {
    "photo": "Reading the photo",
    "depth": "Guessing depth",
    "frames": "Drawing frames",
    "look": "Looking at the photo",
    "load": "Loading the model",
    "denoise": "Denoising",
    "decode": "Decoding frames",
    "encode": "Encoding",
}
"""What each stage is called on the screen."""

_LINE_SECONDS = 10.0
"""Plain lines report steps no more often than this: a log should not scroll."""


@contextmanager
def progress(title: str, *, quiet: bool) -> Iterator[Callable[[Event], None]]:
    """Yield a function that shows an event."""
    if quiet:
        yield lambda event: None
    elif sys.stderr.isatty():
        with _bar(title) as show:
            yield show
    else:
        yield _Lines(title)


class _Lines:
    def __init__(self, title: str) -> None:
        self._title = title
        self._stage = Stage("", 0)
        self._last = 0.0

    def __call__(self, event: Event) -> None:
        now = time.monotonic()
        if isinstance(event, Stage):
            self._stage = event
            self._say(_WORDS.get(event.name, event.name.capitalize()), now)
        elif isinstance(event, Notice):
            self._say(event.message, now)
        elif isinstance(event, Step) and now - self._last >= _LINE_SECONDS:
            self._say(f"{_WORDS.get(self._stage.name, self._stage.name)}: {event.index} of {self._stage.steps}", now)

    def _say(self, text: str, now: float) -> None:
        self._last = now
        print(f"{self._title}: {text}", file=sys.stderr, flush=True)


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
        total = 0

        def show(event: Event) -> None:
            nonlocal total
            if isinstance(event, Stage):
                total = event.steps
                # A new stage has a pace of its own: the time left must not be guessed from the last one's.
                words = _WORDS.get(event.name, event.name)
                bar.reset(task, total=total or None, description=words, title=title, count="")
            elif isinstance(event, Step):
                bar.update(task, completed=event.index, count=f"{event.index}/{total}")
            elif isinstance(event, Notice):
                console.print(event.message, style="dim", markup=False, highlight=False)

        yield show
