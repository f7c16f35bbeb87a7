"""The guide's table and the models' own size, two steps each with the full-size networks, where a Mac of 8 GB ends.

Each row runs in a group of processes that the system kills at 5.33 GiB, which is what such a Mac's graphics processor
may use: it needs root on Linux. The plan is made inside, from what the group leaves.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from bench import report
from tests.support import full_size
from videoai.catalogue import PARTS
from videoai.engines.base import AvailableWeights
from videoai.engines.devices import CPU
from videoai.engines.processor import Processor
from videoai.engines.registry import engine_of
from videoai.events import Frame
from videoai.memory.planner import Planner
from videoai.settings import GenerationSettings
from videoai.system.machine import Machine, peak_bytes
from videoai.weights.model_files import ModelFiles

LIMIT = int(5.33 * 2**30)
ROWS = ((10, 448, 256), (14, 640, 384), (14, 512, 512), (20, 768, 512), (25, 1024, 576))
"""Frames, width, height."""
STEPS = 2


def _make(cache: Path, frames: int, width: int, height: int) -> tuple[float, float]:
    """Make the clip here; the predicted and the real peak in GiB."""
    settings = GenerationSettings(frames=frames, width=width, height=height, steps=STEPS, seed=1)
    planner = Planner(settings, AvailableWeights((16,)), Processor(CPU.name))
    planned = planner.make_plan(Machine.now().budget)
    if not planned.fits:
        raise RuntimeError(f"{planned.peak_bytes} bytes do not fit into {planned.budget_bytes}.")
    for part in PARTS:
        folder = full_size.prepare(cache, part, half=True)
    photo = np.random.default_rng(0).integers(0, 255, (height, width, 3), dtype=np.uint8)
    files = ModelFiles.in_folder(folder.parent)
    events = engine_of(settings.model).run(photo, settings, plan=planned.plan, files=files, scratch=cache)
    made = sum(isinstance(event, Frame) for event in events)
    if made != frames:
        raise RuntimeError(f"{made} frames came of {frames}.")
    return planned.peak_bytes / 2**30, peak_bytes() / 2**30


@contextlib.contextmanager
def _group() -> Iterator[Path]:
    """A group of processes with the limit, and no swap."""
    v1 = Path("/sys/fs/cgroup/memory/memory.limit_in_bytes").exists()
    folder = Path("/sys/fs/cgroup/memory" if v1 else "/sys/fs/cgroup") / f"videoai-bench-{os.getpid()}"
    folder.mkdir()
    try:
        (folder / ("memory.limit_in_bytes" if v1 else "memory.max")).write_text(str(LIMIT))
        swap = folder / ("memory.memsw.limit_in_bytes" if v1 else "memory.swap.max")
        if swap.exists():
            swap.write_text(str(LIMIT) if v1 else "0")
        yield folder
    finally:
        folder.rmdir()


def _measure(row: tuple[int, int, int], asked: argparse.Namespace) -> report.Figure:
    words = [sys.executable, "-m", "bench.rows", "--cache", str(asked.cache), "--threads", str(asked.threads)]
    with _group() as group:
        enter = f'echo $$ > {group}/cgroup.procs; exec "$@"'
        command = ["/bin/sh", "-c", enter, "sh", *words, "--make", *map(str, row)]
        result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)  # noqa: S603
    frames, width, height = row
    what = f"{frames} frames of {width}×{height}, {STEPS} steps within 5.33 GiB: peak; peer: predicted"
    if result.returncode:
        return report.Figure(what, 0, None, "GiB", None, "ends", False)
    predicted, peak = map(float, result.stdout.split()[-2:])
    print(f"{what}: {peak:.2f}, {predicted:.2f}", file=sys.stderr)
    return report.Figure(what, peak, predicted, "GiB", predicted / peak, "ends", True)


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--make", type=int, nargs=3, metavar=("FRAMES", "WIDTH", "HEIGHT"), help="make one clip here")
    every = range(1, len(ROWS) + 1)
    parser.add_argument("--rows", type=int, nargs="+", choices=every, default=every, help="the last takes an hour")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if asked.make:
        print(*_make(asked.cache, *asked.make))
        return
    report.show([_measure(row, asked) for row in (ROWS[number - 1] for number in asked.rows)], as_json=asked.json)


if __name__ == "__main__":
    main()
