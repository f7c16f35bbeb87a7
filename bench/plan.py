"""What the planner predicts, beside what was: the memory of each stage at full size, and the time after a first run.

Each figure is a process of its own that does one stage as a run does it, weights loaded by it and all. A stage's
denoising is one step without guidance: guidance runs the same pass a second time, and one row shows what it adds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench import report
from bench.convert import MODEL
from tests.support import full_size
from videoai.catalogue import PARTS
from videoai.engines.base import AvailableWeights
from videoai.engines.devices import CPU
from videoai.engines.svd.generation import Generation, _Run
from videoai.engines.svd.plan import SVDPlan
from videoai.events import Frame, Stage, Step
from videoai.memory import speed
from videoai.memory.planner import Planner
from videoai.models import store
from videoai.models.convert import convert
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

OVER, UNDER = 1.2, 0.9
"""What a prediction may be, as a share of what was measured."""

TIME = 0.2
"""How far the time of a run may be from the one predicted after a run of its kind, as a share."""


@dataclass(frozen=True, slots=True)
class Row:
    """One stage, or a whole "run" of one step.

    `bits` are those of the files, 32 for ones that are not halves; `plan` is what differs from SVDPlan(). With
    `reuse` there are as many steps as that, of which the first is whole.
    """

    stage: str
    frames: int
    height: int
    width: int
    bits: int
    plan: dict[str, Any]
    guided: bool = False
    reuse: int = 1

    @property
    def settings(self) -> GenerationSettings:
        return GenerationSettings(
            frames=self.frames,
            height=self.height,
            width=self.width,
            steps=self.reuse,
            reuse=self.reuse,
            seed=1,
            scheduler="euler",
            guidance_max=3.0 if self.guided else 1.0,
        )

    def make_plan(self) -> SVDPlan:
        """With the precision that the weights really have."""
        values = {"bits": None, **{name: value for name, value in self.plan.items() if not isinstance(value, dict)}}
        chunks = {name: replace(getattr(SVDPlan(), name), **v) for name, v in self.plan.items() if isinstance(v, dict)}
        return SVDPlan(**values, **chunks)

    def describe(self) -> str:
        words = [f"{self.bits} bits", *(f"{name} {_words(value)}".strip() for name, value in self.plan.items())]
        words += ["guided"] if self.guided else []
        words += [f"one in {self.reuse} steps whole"] if self.reuse > 1 else []
        return f"{self.stage}, {self.frames} frames of {self.width}×{self.height}, {', '.join(words)}"


def _words(value: object) -> str:
    if isinstance(value, dict):
        return " ".join(f"{name} {number}" for name, number in value.items())
    return "" if value is True else str(value)


_SMALL = {"tokens": 2048, "rows": 512, "scores": 2**21}

ROWS = (
    Row("condition", 4, 256, 256, 16, {}),
    Row("condition", 4, 384, 640, 8, {}),
    Row("condition", 4, 576, 1024, 16, {}),
    Row("condition", 4, 576, 1024, 4, {}),
    Row("denoise", 4, 256, 256, 16, {}),
    Row("denoise", 4, 256, 256, 16, {}, guided=True),
    Row("denoise", 4, 256, 256, 4, {}),
    Row("denoise", 4, 256, 256, 16, {"streamed": True}),
    Row("denoise", 4, 256, 256, 32, {"bits": 8}),
    Row("denoise", 10, 256, 448, 32, {}),
    Row("denoise", 10, 256, 448, 16, {}),
    Row("denoise", 10, 256, 448, 8, {}),
    Row("denoise", 10, 256, 448, 4, {"unet": {"tokens": 32768, "rows": 8192}}),
    Row("denoise", 25, 256, 256, 4, {}),
    Row("denoise", 8, 512, 512, 16, {"streamed": True, "unet": _SMALL}),
    Row("denoise", 6, 512, 768, 8, {}),
    Row("denoise", 14, 384, 640, 16, {}),
    Row("denoise", 14, 384, 640, 4, {}),
    Row("denoise", 14, 384, 640, 16, {"streamed": True}),
    Row("denoise", 14, 384, 640, 16, {"streamed": True}, guided=True, reuse=2),
    Row("denoise", 4, 576, 1024, 16, {"streamed": True}),
    Row("denoise", 25, 576, 1024, 16, {"streamed": True}),
    Row("decode", 4, 256, 256, 16, {}),
    Row("decode", 4, 256, 256, 16, {"offload": True}),
    Row("decode", 10, 256, 448, 16, {}),
    Row("decode", 10, 256, 448, 16, {"offload": True}),
    Row("decode", 25, 256, 256, 16, {}),
    Row("decode", 4, 384, 640, 8, {"offload": True}),
    Row("decode", 4, 384, 640, 16, {"vae": {"tokens": 65536}}),
    Row("decode", 6, 384, 640, 16, {"vae": {"tokens": 4096}}),
    Row("decode", 14, 384, 640, 16, {}),
    Row("decode", 4, 576, 1024, 16, {}),
    Row("decode", 4, 576, 1024, 16, {"offload": True}),
    Row("denoise", 6, 256, 256, 8, {"compute": "bf16"}),
    Row("denoise", 14, 384, 640, 16, {"compute": "bf16"}),
    Row("denoise", 14, 384, 640, 16, {"compute": "bf16", "streamed": True}, guided=True),
    Row("decode", 6, 256, 256, 16, {"compute": "bf16"}),
    Row("decode", 14, 384, 640, 16, {"compute": "bf16"}),
    Row("run", 4, 256, 256, 4, {}),
)

TIMED = Row("denoise", 10, 256, 448, 8, {})
AFTER = (TIMED, Row("denoise", 6, 512, 768, 8, {}))
"""The run that is learned from, and those that are predicted after it."""


def folder(cache: Path, bits: int) -> Path:
    """The checkpoint with weights of `bits`, made if it is not there yet."""
    if bits >= 16:
        return [full_size.prepare(cache, part, half=bits == 16).parent for part in PARTS][-1]
    found = store.own_folder(MODEL, bits)
    if not store.is_whole(found):
        convert(MODEL, bits, ModelFiles.in_folder(folder(cache, 16)), lambda event: None)
    return found


def run(row: Row, cache: Path, clock: str) -> dict[str, float]:
    """Do the stage here; the seconds of loading and of the work."""
    now = time.process_time if clock == "cpu" else time.perf_counter
    settings, plan = row.settings, row.make_plan()
    photo = np.random.default_rng(0).integers(0, 255, (row.height, row.width, 3), dtype=np.uint8)
    engine = Generation(ModelFiles.in_folder(folder(cache, row.bits)), CPU, plan, cache)
    if row.stage == "run":
        begun = now()
        frames = sum(isinstance(event, Frame) for event in engine.run(photo, settings))
        return {"frames": frames, row.stage: now() - begun}
    # One stage of a run by itself: what the others would have left for it is random.
    stage = _Run(engine, photo, settings)
    stage.image_embedding = torch.randn(1, 1024)
    stage.image_latents = torch.randn(4, row.height // 8, row.width // 8)
    if row.stage == "decode":
        stage.state = replace(stage.state, latents=torch.randn(stage.shape))
    begun, loaded = now(), 0.0
    for event in getattr(stage, row.stage)(CPU):
        if isinstance(event, Stage) and event.name == "denoise":
            loaded = now() - begun
        if isinstance(event, Step) and event.index == row.reuse and loaded:
            break
    return {"load": loaded, row.stage: now() - begun - loaded}


def planner(row: Row) -> Planner:
    return Planner(row.settings, AvailableWeights((row.bits,), file_bytes=4 if row.bits == 32 else 2))


def predicted(row: Row) -> float:
    """GiB."""
    plan = row.make_plan()
    if plan.bits is None and row.bits in (8, 4):
        plan = replace(plan, bits=row.bits)
    return planner(row).peak(plan, row.stage) / 2**30


def memory(row: Row, measured: float) -> report.Figure:
    """`ours` is the prediction."""
    guess = predicted(row)
    ratio = guess / measured
    return report.Figure(row.describe(), guess, measured, "GiB", ratio, "0.9 to 1.2", UNDER <= ratio <= OVER)


def timed(asked: argparse.Namespace) -> Iterator[report.Figure]:
    """A second run of one kind, and one of another size, as predicted after the first."""
    _, first = _measure(TIMED, asked)
    workloads = [planner(row).workloads(replace(row.make_plan(), bits=row.bits))[row.stage] for row in AFTER]
    with tempfile.TemporaryDirectory() as home:
        before, os.environ["VIDEOAI_HOME"] = os.environ["VIDEOAI_HOME"], home
        speed.learn_run("cpu", {TIMED.stage: workloads[AFTER.index(TIMED)]}, first)
        learned = speed.MachineSpeed.load("cpu")
        os.environ["VIDEOAI_HOME"] = before
    for row, work in zip(AFTER, workloads, strict=True):
        guess = learned.seconds(work)
        taken = sum(_measure(row, asked)[1].values())
        what = f"{row.describe()}: time, predicted after a run of {TIMED.frames} frames of {TIMED.width}×{TIMED.height}"
        off = abs(guess / taken - 1)
        yield report.Figure(what, guess, taken, "s", guess / taken, "0.8 to 1.2", off <= TIME)


def _measure(row: Row, asked: argparse.Namespace) -> tuple[float, dict[str, float]]:
    words = ["--cache", str(asked.cache), "--threads", str(asked.threads), "--clock", asked.clock]
    words += ["--row", str(ROWS.index(row))]
    with tempfile.NamedTemporaryFile("r") as said:
        peak, _ = report.peak_of("bench.plan", *words, "--to", said.name)
        seconds: dict[str, float] = json.loads(said.read())
    print(f"{row.describe()}: {peak:.2f} GiB, {seconds}", file=sys.stderr)
    return peak, seconds


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--stage", choices=("condition", "denoise", "decode", "run", "time"), help="measure only this")
    parser.add_argument("--row", type=int, help="do this one here")
    parser.add_argument("--to", type=Path, help="where to write the seconds it took")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    os.environ["VIDEOAI_HOME"] = str(asked.cache / "home")
    if asked.row is not None:
        asked.to.write_text(json.dumps(run(ROWS[asked.row], asked.cache, asked.clock)))
        print(1)
        return
    rows = [row for row in ROWS if asked.stage in (None, row.stage)]
    for bits in {row.bits for row in rows}:
        folder(asked.cache, bits)  # so that making it is not measured
    figures = [memory(row, _measure(row, asked)[0]) for row in rows]
    figures += timed(asked) if asked.stage in (None, "time") else []
    report.show(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
