"""Work in a process of its own, which does a round of it each time it is told to.

Ours and a peer's then take turns without a heap in common, where one would pay for what the other leaves in it.
"""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping
from multiprocessing.connection import Connection
from typing import Any
from unittest.mock import patch

import torch

from bench import report

Load = Callable[[], Callable[[], torch.Tensor]]
"""Gets everything ready, and returns what does the work once. It is pickled: a function of a module, or a partial."""

_SPAWN = multiprocessing.get_context("spawn")  # threads of OpenMP do not survive a fork


class Worker:
    """A process that has loaded, and done the work once to warm up. Used in a `with` statement, which ends it.

    `variables` are in its environment too. Whatever waits for the process raises RuntimeError if it ends instead; why
    is on stderr then.
    """

    def __init__(self, load: Load, *, threads: int, clock: str, variables: Mapping[str, str]) -> None:
        self._pipe, theirs = _SPAWN.Pipe()
        self._process = _SPAWN.Process(target=_serve, args=(theirs, load, threads, clock), daemon=True)
        with patch.dict(os.environ, variables):  # read as libraries are loaded
            self._process.start()
        theirs.close()
        self._answer()

    def __enter__(self) -> Worker:
        return self

    def __exit__(self, *error: object) -> None:
        self._pipe.close()
        self._process.join()

    def round(self) -> float:
        """Do the work once: its seconds, by the process's own clock."""
        self._pipe.send("round")
        return float(self._answer())

    def made(self) -> torch.Tensor:
        """What the work made the last time, in fp32."""
        self._pipe.send("made")
        return torch.from_numpy(self._answer())

    def _answer(self) -> Any:
        try:
            return self._pipe.recv()
        except EOFError:
            self._process.join()
            raise RuntimeError(f"The process that was measured ended with {self._process.exitcode}.") from None


def _serve(pipe: Connection, load: Load, threads: int, clock: str) -> None:
    torch.set_num_threads(threads)
    run = load()
    made = run()
    pipe.send("ready")

    def work() -> None:
        nonlocal made
        made = run()

    while True:
        try:
            asked = pipe.recv()
        except EOFError:
            return
        pipe.send(report.seconds(work, clock) if asked == "round" else made.float().numpy())
