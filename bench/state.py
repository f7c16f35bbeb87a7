"""What keeping a run resumable and visible costs: the state saved after each step, and the strip that shows it.

Steps of the full-size networks at the smallest of the guide's settings, where a step is quickest.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np
import torch

from bench import report
from tests.support import full_size
from videoai.catalogue import PARTS
from videoai.engines.checkpoints import save_checkpoint
from videoai.engines.devices import CPU
from videoai.engines.svd.generation import Generation
from videoai.events import Checkpoint, Preview, Stage, Step
from videoai.history.folder import STATE
from videoai.jobs.pictures import Pictures
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

SETTINGS = GenerationSettings(frames=10, width=448, height=256, steps=5, seed=1)


def measure(cache: Path) -> list[report.Figure]:
    """The median seconds of a step, of saving its state, and of drawing its strip."""
    for part in PARTS:
        folder = full_size.prepare(cache, part, half=True)
    photo = np.random.default_rng(0).integers(0, 255, (SETTINGS.height, SETTINGS.width, 3), dtype=np.uint8)
    engine = Generation(ModelFiles.in_folder(folder.parent), CPU)
    steps: list[float] = []
    saves: list[float] = []
    strips: list[float] = []
    with tempfile.TemporaryDirectory(dir=cache) as scratch:  # a real disk, as the state is synced
        pictures = Pictures(Path(scratch), photo, SETTINGS.frames)
        since = time.perf_counter()
        for event in engine.run(photo, SETTINGS):
            if isinstance(event, Step):
                steps.append(time.perf_counter() - since)
            elif isinstance(event, Preview):
                strips.append(report.seconds(lambda: pictures.hear(event), "wall"))  # noqa: B023 (called at once)
            elif isinstance(event, Checkpoint):
                saves.append(report.seconds(lambda: save_checkpoint(event, Path(scratch) / STATE), "wall"))  # noqa: B023
                since = time.perf_counter()
            elif isinstance(event, Stage):
                if event.name == "decode":
                    break
                steps.clear()
                since = time.perf_counter()
    step = median(steps)
    return [_beside("saving the state", median(saves), step), _beside("drawing the strip", median(strips), step)]


def _beside(what: str, ours: float, step: float) -> report.Figure:
    return report.Figure(
        f"{what} after a step; peer: the step", ours, step, "s", step / ours, "≤ 1 %", ours <= 0.01 * step
    )


def main() -> None:
    asked = report.arguments(__doc__).parse_args()
    torch.set_num_threads(asked.threads)
    report.show(measure(asked.cache), as_json=asked.json)


if __name__ == "__main__":
    main()
