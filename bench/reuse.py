"""Deep features used again (--reuse): the time of a run's steps, its peak and its clip, beside every step whole.

The peer is diffusers with the helper of DeepCache's authors. Each run is a process of its own, at full size and without
guidance, which runs the same passes a second time.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench import report
from tests.support import full_size, peer
from videoai.catalogue import PARTS
from videoai.engines.devices import CPU
from videoai.engines.svd.generation import Generation
from videoai.events import Frame, Pixels, Stage, Step
from videoai.media.photo import read_photo
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

Clock = Callable[[], float]

STEPS = 6
PUBLISHED = {3: 1.7}
"""How many times faster the authors made a whole video of SVD-XT with one step in three whole."""


def ours(folder: Path, photo: Pixels, settings: GenerationSettings, clock: Clock) -> tuple[float, list[Pixels]]:
    """The seconds of the steps, and the frames."""
    begun, seconds, stage = 0.0, 0.0, ""
    frames = []
    for event in Generation(ModelFiles.in_folder(folder), CPU).run(photo, settings):
        match event:
            case Stage(name):
                stage, begun = name, clock()
            case Step() if stage == "denoise":
                seconds = clock() - begun
            case Frame(_, pixels):
                frames.append(pixels)
    return seconds, frames


def theirs(folder: Path, photo: Pixels, settings: GenerationSettings, clock: Clock) -> tuple[float, list[Pixels]]:
    """The seconds of the steps; what is decoded takes as long however they were made, and is left out."""
    pipeline = peer.pipeline_of(folder, settings)
    times: list[float] = []
    pipeline.unet.register_forward_pre_hook(lambda *_: times.append(clock()))

    def after(pipeline: Any, step: int, timestep: Any, made: dict[str, Any]) -> dict[str, Any]:
        times.append(clock())
        return made

    peer.run(pipeline, photo, settings, output_type="latent", callback_on_step_end=after)
    return times[-1] - times[0], []


def make(asked: argparse.Namespace) -> None:
    """One run, here: its seconds, and its frames into a file."""
    frames, height, width = asked.size
    size = {"width": width, "height": height, "frames": frames}
    settings = GenerationSettings(**size, steps=STEPS, seed=1, scheduler="euler", guidance_max=1.0, reuse=asked.reuse)
    photo = read_photo(Path(__file__).parent.parent / "examples" / "coffee.png").fitted(width, height)
    folder = [full_size.prepare(asked.cache, part).parent for part in PARTS][-1]
    clock = time.process_time if asked.clock == "cpu" else time.perf_counter
    seconds, made = (ours if asked.who == "ours" else theirs)(folder, photo, settings, clock)
    np.save(asked.to, np.array(made))
    print(seconds)


def measured(who: str, reuse: int, asked: argparse.Namespace) -> tuple[float, float, np.ndarray[Any, Any]]:
    """Peak in GiB, seconds and frames of a run in a process of its own."""
    words = ["--cache", str(asked.cache), "--threads", str(asked.threads), "--clock", asked.clock]
    words += ["--size", *map(str, asked.size), "--who", who, "--reuse", str(reuse)]
    with tempfile.TemporaryDirectory() as folder:
        to = Path(folder) / "frames.npy"
        peak, seconds = report.peak_of("bench.reuse", *words, "--to", str(to))
        print(f"{who}, reuse {reuse}: {seconds:.1f} s, {peak:.2f} GiB", file=sys.stderr)
        return peak, seconds, np.load(to).astype(np.float64)


def figures(asked: argparse.Namespace) -> Iterator[report.Figure]:
    """Of every step whole, of one in two, of one in three."""
    frames, height, width = asked.size
    of = f"{frames} frames of {width}×{height}, {STEPS} steps"
    whole_peak, whole, clip = measured("ours", 1, asked)
    peer_peak, peer_whole, _ = measured("peer", 1, asked)
    yield _beside(f"{of}, every one whole: time", whole, peer_whole, "s")
    yield _beside(f"{of}, every one whole: peak", whole_peak, peer_peak, "GiB")
    for reuse in (2, 3):
        peak, seconds, changed = measured("ours", reuse, asked)
        their_peak, their_seconds, _ = measured("peer", reuse, asked)
        name = f"{of}, one in {reuse} whole"
        yield _beside(f"{name}: time", seconds, their_seconds, "s")
        yield _beside(f"{name}: peak", peak, their_peak, "GiB")
        gain, their_gain = whole / seconds, peer_whole / their_seconds
        least = PUBLISHED.get(reuse, 1.0)
        what = f"{name}: times faster than every one whole"
        yield report.Figure(what, gain, their_gain, "", gain / their_gain, f"≥ {least}", gain >= least)
        decibels = float(10 * np.log10(255**2 / max(np.mean((changed - clip) ** 2), 1e-12)))
        yield report.Figure(f"{name}: clip, beside every one whole: PSNR", decibels, None, "dB", None, "", True)


def _beside(what: str, mine: float, peers: float, unit: str) -> report.Figure:
    return report.Figure(what, mine, peers, unit, peers / mine, "", True)


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=(4, 256, 256), metavar=("FRAMES", "HEIGHT", "WIDTH"))
    parser.add_argument("--who", choices=("ours", "peer"), help="make one run here")
    parser.add_argument("--reuse", type=int, default=1)
    parser.add_argument("--to", type=Path, help="where its frames go")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if asked.who:
        with torch.no_grad():
            make(asked)
        return
    for part in PARTS:
        full_size.prepare(asked.cache, part)  # so that making them is not measured
    report.show(list(figures(asked)), as_json=asked.json)


if __name__ == "__main__":
    main()
