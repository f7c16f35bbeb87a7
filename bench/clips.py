"""How long whole clips of three sizes take: what the program predicts of its own, and what diffusers would take.

Nothing here makes a clip. Ours is what `videoai estimate` says on a machine that has not made a video yet: of the rate
of a matrix product, measured here, and in half types of how much faster the networks' layers are in them. Diffusers'
time is computed: the arithmetic of its denoising and its exact decode, at the rates at which it did one pass and one
decode here. What it reads and looks at before it denoises is left out.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import replace

import torch

from bench import beside, report, unet, vae
from videoai.engines.base import AvailableWeights
from videoai.engines.devices import CPU
from videoai.engines.processor import Processor
from videoai.engines.svd.cost.flop import unet_passes
from videoai.memory.numbers import numbers_of
from videoai.memory.planner import Planner
from videoai.resolving import resolve
from videoai.settings import GenerationSettings
from videoai.system.machine import Machine

CLIPS = ("minimum", "safety", "fast", "large")
"""Presets: of three sizes, and one of four steps without guidance."""

LANDSCAPE = (1500, 1000)
"""A photo."""


def main() -> None:
    asked = beside.arguments(__doc__, (4, 256, 256)).parse_args()
    torch.set_num_threads(asked.threads)
    with tempfile.TemporaryDirectory() as home:
        os.environ["VIDEOAI_HOME"] = home  # where nothing has been learnt yet
        processor = _processor(asked.clock)
        clips = {name: resolve({"seed": 1}, LANDSCAPE, preset=name) for name in CLIPS}
        figures = [
            figure
            for numbers in asked.numbers
            for figure in _figures(clips, numbers, processor, _rates(numbers, asked), asked.threads)
        ]
    report.show(figures, as_json=asked.json)


def _processor(clock: str) -> Processor:
    """This one, by the clock that is asked for."""
    numbers, product = numbers_of(CPU), report.product_rate(clock) * 1e12
    return Processor(CPU.name, numbers, product)


def _rates(numbers: str, asked: argparse.Namespace) -> dict[str, float]:
    """TFLOP/s of a pass and of a decode of diffusers'."""
    rates = {}
    for name, work in (("denoise", unet.WORK), ("decode", vae.WORK)):
        with beside.peer(work, numbers, asked) as peer:
            rates[name] = work.tflop(*asked.size) / report.interleaved([peer.round], asked.runs)[0]
    return rates


def _figures(
    clips: Mapping[str, GenerationSettings],
    numbers: str,
    processor: Processor,
    rates: Mapping[str, float],
    threads: int,
) -> Iterator[report.Figure]:
    for name, settings in clips.items():
        settings = replace(settings, compute=numbers)
        ours = Planner(settings, AvailableWeights(), processor).make_plan(Machine.now().budget).seconds
        size = settings.frames, settings.height, settings.width
        peer = unet_passes(settings).whole * unet.WORK.tflop(*size) / rates["denoise"]
        peer += vae.WORK.tflop(*size) / rates["decode"]
        of = f"{settings.frames} frames of {settings.width}×{settings.height}, {settings.steps} steps"
        cores = "one thread" if threads == 1 else f"{threads} threads"
        what = f"{name} preset, {of}, in {numbers}, {cores}: predicted; peer: computed"
        yield report.Figure(what, ours / 60, peer / 60, "minutes", peer / ours, "", True)


if __name__ == "__main__":
    main()
