"""Enlarging: beside Lanczos on the example photos, seams, flicker, time, and the memory of a long clip beside its plan.

The photos are made smaller by the mean of each square of pixels, and enlarged again.
"""

from __future__ import annotations

import argparse
import functools
import itertools
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image

from bench import report
from tests.support.site import ROOT
from videoai.engines.devices import CPU
from videoai.events import Pixels
from videoai.finishing.base import Clip
from videoai.finishing.enlarge import Enlarge
from videoai.finishing.upconv import Enlarger
from videoai.media.video import write_video
from videoai.memory.numbers import numbers_of
from videoai.settings import GenerationSettings

PHOTOS = ("coffee.png", "rocket.jpg", "astronaut.png", "chelsea.png")
CROP = 256
BAR = 1.5
"""dB above Lanczos."""
LONG = Clip(1024, 576, 100, 24)

Resize = Callable[[Pixels, int], Pixels]


def photo(name: str) -> Pixels:
    return np.asarray(Image.open(ROOT / "examples" / name).convert("RGB"))


def crops(picture: Pixels) -> Iterator[Pixels]:
    """Nine, from all over it."""
    height, width, _ = picture.shape
    for top in np.linspace(0, height - CROP, 3).astype(int):
        for left in np.linspace(0, width - CROP, 3).astype(int):
            yield picture[top : top + CROP, left : left + CROP]


def smaller(picture: Pixels, times: int) -> Pixels:
    """By the mean of each square of pixels."""
    height, width, _ = picture.shape
    squares = picture.reshape(height // times, times, width // times, times, 3)
    found: Pixels = np.rint(squares.mean((1, 3))).astype(np.uint8)
    return found


def lanczos(picture: Pixels, times: int) -> Pixels:
    height, width, _ = picture.shape
    image = Image.fromarray(picture).resize((times * width, times * height), Image.Resampling.LANCZOS)
    return np.asarray(image)


def psnr(one: npt.NDArray[np.generic], other: npt.NDArray[np.generic]) -> float:
    return float(10 * np.log10(255**2 / np.square(one.astype(float) - other.astype(float)).mean()))


def _quality(ours: Resize, numbers: str) -> Iterator[report.Figure]:
    for times in (2, 4):
        found = {name: _gain(ours, name, times) for name in PHOTOS}
        mean = np.mean(list(found.values()), 0)
        found["all crops"] = float(mean[0]), float(mean[1])
        for name, (mine, peer) in found.items():
            bar = times == 2 and name == "all crops"
            yield report.Figure(
                f"{times}× {name}, {numbers}, beside Lanczos",
                mine,
                peer,
                "dB",
                None,
                f"≥ {BAR:g} dB more" if bar else "",
                not bar or mine - peer >= BAR,
            )


def _gain(ours: Resize, name: str, times: int) -> tuple[float, float]:
    """The mean PSNR of ours and of Lanczos."""
    found = [
        [psnr(resize(smaller(crop, times), times), crop) for resize in (ours, lanczos)] for crop in crops(photo(name))
    ]
    mine, peer = np.mean(found, 0)
    return float(mine), float(peer)


def _seams(numbers: str) -> report.Figure:
    """In tiles, and in one piece."""
    enlarger = Enlarger(CPU.computing_in(numbers))
    picture = photo("coffee.png")[:384, :576]
    given = torch.from_numpy(np.pad(picture, ((7, 7), (7, 7), (0, 0)), mode="edge"))[None]
    with torch.inference_mode():
        whole = enlarger.network(given.to(enlarger.network.dtype) / 255)[0].float().mul(255).round().clamp(0, 255)
    levels = np.abs(whole.numpy() - enlarger(picture, 2)).max()
    return report.at_most(f"seams, {numbers}: largest difference from one piece", float(levels), "levels", 1)


def _flicker(ours: Resize, numbers: str) -> Iterator[report.Figure]:
    still = smaller(photo("astronaut.png"), 2)
    frames = [ours(still, 2).astype(int) for _ in range(4)]
    most = max(int(np.abs(frame - frames[0]).max()) for frame in frames)
    yield report.at_most(f"flicker of a still, {numbers}", most, "levels", 0)
    for name in PHOTOS:
        mine, peer = _shimmer(ours, name), _shimmer(lanczos, name)
        what = f"flicker of a slow pan, {name}, {numbers}, beside Lanczos"
        yield report.Figure(what, mine, peer, "levels", peer / mine, "", True)


def _shimmer(resize: Resize, name: str, frames: int = 8) -> float:
    """How much of a pan by half a pixel a frame is no pan: of two frames, one put back upon the other."""
    picture, side = photo(name), CROP
    seen = [resize(smaller(picture[:side, left : left + side], 2), 2).astype(float) for left in range(frames)]
    pairs = itertools.pairwise(seen)
    return float(np.mean([np.sqrt(np.square(one[:, 1:] - two[:, :-1])[16:-16, 16:-16].mean()) for one, two in pairs]))


def _time(numbers: str, asked: argparse.Namespace) -> Iterator[report.Figure]:
    enlarger = Enlarger(CPU.computing_in(numbers))
    for width, height in ((640, 384), (1024, 576)):
        picture = np.resize(photo("coffee.png"), (height, width, 3))
        once = functools.partial(enlarger, picture, 2)
        once()
        (taken,) = report.interleaved([functools.partial(report.seconds, once, asked.clock)], asked.runs)
        yield report.Figure(f"2× a frame of {width}×{height}, {numbers}", taken, None, "s", None, "", True)


def _long(numbers: str) -> report.Figure:
    peak, _ = report.peak_of("bench.enlarge", "--make", numbers)
    planned = max(Enlarge().peaks(LONG, _settings(numbers)).values()) / 2**30
    what = f"{LONG.frames} frames of {LONG.width}×{LONG.height} enlarged and written, {numbers}: peak; peer: planned"
    return report.Figure(what, peak, planned, "GiB", planned / peak, "≤ planned", peak <= planned)


def _settings(numbers: str) -> GenerationSettings:
    return GenerationSettings(compute=numbers, enlarge="2", seed=1)


def _make(numbers: str) -> None:
    """Enlarge and write a pan, here."""
    picture = lanczos(photo("astronaut.png"), 3)
    frames = (np.ascontiguousarray(picture[at : at + LONG.height, at : at + LONG.width]) for at in range(LONG.frames))
    with tempfile.TemporaryDirectory() as folder:
        finished = Enlarge().finish(frames, LONG, _settings(numbers), lambda event: None)
        write_video(Path(folder) / "clip.mp4", finished, LONG.fps)


def main() -> None:
    parser = report.arguments(__doc__)
    report.add_numbers(parser, *dict.fromkeys(("fp32", numbers_of(CPU).best)))
    parser.add_argument("--make", metavar="NUMBERS", help="enlarge a long clip here")
    parser.add_argument("--short", action="store_true", help="leave out the long clip, which takes minutes")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    if asked.make:
        _make(asked.make)
        print(0)
        return
    figures: list[report.Figure] = []
    for numbers in asked.numbers:
        enlarger = Enlarger(CPU.computing_in(numbers))
        figures += [*_quality(enlarger, numbers), _seams(numbers), *_flicker(enlarger, numbers)]
        figures += [*_time(numbers, asked), *([] if asked.short else [_long(numbers)])]
    report.show(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
