"""Making a full-size model small: time, peak memory, size, what it loses; then loading it."""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import torch

from bench import report
from bench import vae as vae_bench
from tests.support import denoiser, full_size
from videoai.catalogue import PARTS
from videoai.engines.svd import clip, unet, vae
from videoai.models import store
from videoai.models.convert import convert
from videoai.weights.model_files import ModelFiles

MODEL = "svd-xt"
SIZE_BARS = {8: 2.4, 4: 1.5}
_LOADS: dict[str, Callable[..., object]] = {"image_encoder": clip.load, "vae": vae.load_decoder, "unet": unet.load}


def _original(cache: Path) -> Path:
    """The checkpoint in halves, as it is fetched."""
    for part in PARTS:
        folder = full_size.prepare(cache, part, half=True).parent
    return folder


def _convert(cache: Path, bits: int) -> float:
    """How many seconds a conversion takes, and all that is checked in it."""
    shutil.rmtree(store.own_folder(MODEL, bits), ignore_errors=True)
    start = time.perf_counter()
    convert(MODEL, bits, ModelFiles.in_folder(_original(cache)), lambda event: None)
    return time.perf_counter() - start


def _load(bits: int) -> float:
    """How many seconds it takes to load all three networks, one after the other as a run does."""
    files = ModelFiles.in_folder(store.own_folder(MODEL, bits))
    start = time.perf_counter()
    for part in PARTS:
        _LOADS[part](files.of(part))
    return time.perf_counter() - start


WORK: dict[str, Callable[[Path], float]] = {
    "convert-8": lambda cache: _convert(cache, 8),
    "convert-4": lambda cache: _convert(cache, 4),
    "load-8": lambda _: _load(8),
    "load-4": lambda _: _load(4),
}


def _measure(work: str, asked: argparse.Namespace) -> tuple[float, float]:
    """The peak memory in GiB and the seconds of one piece of work, in a process of its own."""
    found = report.peak_of(
        "bench.convert", "--work", work, "--cache", str(asked.cache), "--threads", str(asked.threads)
    )
    print(f"{work}: {found[0]:.2f} GiB, {found[1]:.2f} s", file=sys.stderr)
    return found


def _figures(asked: argparse.Namespace) -> list[report.Figure]:
    figures = []
    for bits, bar in SIZE_BARS.items():
        peak, taken = _measure(f"convert-{bits}", asked)
        weights = store.own_folder(MODEL, bits).rglob("*.safetensors")
        size = sum(path.stat().st_size for path in weights) / 1e9
        # The warm cache is what the loading is asked to start from: the first of the runs makes it so.
        loads = [_measure(f"load-{bits}", asked) for _ in range(asked.runs + 1)][1:]
        figures += [
            report.at_most(f"{bits} bits: all three networks on the disk", size, "GB", bar, _size(asked.cache)),
            report.at_most(f"{bits} bits: peak memory of converting", peak, "GiB", 1.0),
            report.Figure(f"{bits} bits: converting and verifying", taken, None, "s", None, "", True),
            report.at_most(f"{bits} bits: loading it all from a warm cache", median(t for _, t in loads), "s", 3),
            report.Figure(f"{bits} bits: peak of loading", max(p for p, _ in loads), None, "GiB", None, "", True),
        ]
    return figures + _quality(asked.cache)


def _size(cache: Path) -> float:
    return sum(path.stat().st_size for path in _original(cache).rglob("*.safetensors")) / 1e9


def _quality(cache: Path) -> list[report.Figure]:
    """What each network loses."""
    exact = ModelFiles.in_folder(_original(cache))
    generator = torch.Generator().manual_seed(0)
    pixels, latents = torch.randn(1, 3, 224, 224, generator=generator), vae_bench.latents(4, 256, 256)
    token = clip.load(exact.image_encoder)(pixels)
    frames = torch.stack(list(vae.load_decoder(exact.vae).frames(latents)))
    given = denoiser.inputs(4, 256, 256)
    step = denoiser.ours(unet.load(exact.unet), given)
    figures = []
    for bits in SIZE_BARS:
        files = ModelFiles.in_folder(store.own_folder(MODEL, bits))
        error = denoiser.ours(unet.load(files.unet), given) - step
        share = 100 * float(error.norm() / step.norm())
        bar = "≤ 1 %" if bits == 8 else ""
        figures.append(
            report.Figure(f"{bits} bits: error of a pass of the UNet", share, None, "%", None, bar, share <= 1)
        )
        error = clip.load(files.image_encoder)(pixels) - token
        share = 100 * float(error.norm() / token.norm())
        figures.append(report.Figure(f"{bits} bits: error of the image token", share, None, "%", None, "", True))
    error = torch.stack(list(vae.load_decoder(files.vae).frames(latents))) - frames
    psnr = -10 * float(torch.log10((error / 2).square().mean()))
    figures.append(report.Figure("8-bit decoder: PSNR of its frames", psnr, None, "dB", None, "", True))
    return figures


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--work", choices=WORK, help="do one piece of work here, and print its seconds")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    os.environ["VIDEOAI_HOME"] = str(asked.cache / "home")
    if asked.work:
        print(WORK[asked.work](asked.cache))
        return
    _original(asked.cache)
    report.show(_figures(asked), as_json=asked.json)


if __name__ == "__main__":
    with torch.inference_mode():
        main()
