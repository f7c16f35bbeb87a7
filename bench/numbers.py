"""What computing in bf16 or fp16 costs in exactness, at full size: the error of a pass of the denoiser and of a whole
clip against the same in fp32, ours and diffusers' own, with the same noise."""

from __future__ import annotations

import argparse
import gc
from pathlib import Path
from typing import Any

import numpy as np
import torch

from bench import report
from tests.support import denoiser, full_size, peer
from videoai.engines.devices import CPU, DTYPES
from videoai.engines.svd import unet
from videoai.engines.svd.generation import Generation
from videoai.engines.svd.plan import SVDPlan
from videoai.events import Frame, Pixels
from videoai.media.photo import read_photo
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

_STEPS = 5
_LEAST = {"bf16": 38.0, "fp16": 50.0}
"""Decibels of a clip's frames."""


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=(4, 256, 256), metavar=("FRAMES", "HEIGHT", "WIDTH"))
    parser.add_argument("--numbers", nargs="+", choices=("bf16", "fp16"), default=("bf16", "fp16"))
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    for part in ("unet", "vae", "image_encoder"):
        folder = full_size.prepare(asked.cache, part).parent
    report.show([*_passes(asked, folder), *_clips(asked, folder)], as_json=asked.json)


def _passes(asked: argparse.Namespace, folder: Path) -> list[report.Figure]:
    given = denoiser.inputs(*asked.size)
    exact = _our_pass(folder, given, "fp32")
    figures = []
    for numbers in asked.numbers:
        ours = report.mean_error(_our_pass(folder, given, numbers), exact)
        theirs = report.mean_error(_peers_pass(folder, given, numbers), exact)
        figures.append(
            report.no_worse(f"UNet pass {_named(asked)} in {numbers}: error, root mean square", ours, theirs)
        )
    return figures


def _our_pass(folder: Path, given: dict[str, Any], numbers: str) -> torch.Tensor:
    dtype = DTYPES[numbers]
    network = unet.load(folder / "unet", dtype=dtype, storage_dtype=dtype)
    return denoiser.ours(network, given).float()


def _peers_pass(folder: Path, given: dict[str, Any], numbers: str) -> torch.Tensor:
    gc.collect()
    network = full_size.load_reference(folder / "unet", DTYPES[numbers])
    named = {name: given[name].to(DTYPES[numbers]) for name in ("latents", "token", "ids")}
    return denoiser.peers(network, given | named).float()


def _clips(asked: argparse.Namespace, folder: Path) -> list[report.Figure]:
    frames, height, width = asked.size
    settings = GenerationSettings(
        width=width, height=height, frames=frames, steps=_STEPS, seed=1, scheduler="euler", model=str(folder)
    )
    photo = read_photo(Path(__file__).parent.parent / "examples" / "coffee.png").fitted(width, height)
    exact = _our_clip(folder, photo, settings, "fp32")
    figures = []
    for numbers in asked.numbers:
        ours = _decibels(_our_clip(folder, photo, settings, numbers), exact)
        gc.collect()
        theirs = _decibels(peer.frames(folder, photo, settings, DTYPES[numbers]), exact)
        least = _LEAST[numbers]
        what = f"clip {_named(asked)}, {_STEPS} Euler steps in {numbers}: PSNR"
        bar = f"≥ {least:g} dB and the peer's"
        figures.append(report.Figure(what, ours, theirs, "dB", None, bar, ours >= max(least, theirs)))
    return figures


def _our_clip(folder: Path, photo: Pixels, settings: GenerationSettings, numbers: str) -> list[Pixels]:
    gc.collect()
    run = Generation(ModelFiles.in_folder(folder), CPU, SVDPlan(compute=numbers))
    return [event.pixels for event in run.run(photo, settings) if isinstance(event, Frame)]


def _named(asked: argparse.Namespace) -> str:
    return "×".join(map(str, asked.size))


def _decibels(found: list[Pixels], exact: list[Pixels]) -> float:
    error = float(np.mean((np.stack(found).astype(np.float64) - np.stack(exact)) ** 2))
    return float(10 * np.log10(255**2 / max(error, 1e-12)))


if __name__ == "__main__":
    with torch.no_grad():
        main()
