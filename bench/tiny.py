"""The tiny decode beside the exact one and beside the reference code, at full size: time, error, memory; and previews.

Each is run once, as the exact decode and a pass of the UNet take minutes.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch

from bench import report
from bench.vae import latents
from tests.support import denoiser, full_size
from tests.support import tiny_decoder as reference
from videoai.engines.svd import tiny_decoder, unet, vae
from videoai.engines.svd.cost.preview import SHARE, preview_frames
from videoai.engines.svd.plan import SVDPlan
from videoai.engines.svd.preview import SharpPreview
from videoai.memory.planner import Planner
from videoai.settings import GenerationSettings


def _ours(cache: Path, z: torch.Tensor) -> None:
    for _ in tiny_decoder.load(reference.save(cache)).frames(z):
        pass


def _exact(cache: Path, z: torch.Tensor) -> None:
    for _ in vae.load_decoder(full_size.prepare(cache, "vae")).frames(z):
        pass


WORK: dict[str, Callable[[Path, torch.Tensor], object]] = {
    "ours": _ours,
    "exact": _exact,
    "at-once": lambda cache, z: reference.reference().all_at_once(z),
    "one-by-one": lambda cache, z: reference.reference().one_by_one(z),
}


def _decodes(asked: argparse.Namespace, z: torch.Tensor, name: str) -> list[report.Figure]:
    """Each decode in a process of its own, weights loaded by it."""
    words = ("--cache", str(asked.cache), "--clock", asked.clock, "--threads", str(asked.threads), "--size")
    size = [str(side) for side in asked.size]
    full_size.prepare(asked.cache, "vae")  # before what is measured needs it
    ran = {work: report.peak_of("bench.tiny", "--work", work, *words, *size) for work in WORK}
    peaks = {work: peak for work, (peak, _) in ran.items()}
    seconds = {work: taken for work, (_, taken) in ran.items()}
    few = z[:3]
    mine = torch.stack(list(tiny_decoder.load(reference.save(asked.cache)).frames(few)))
    error = report.largest_error(mine / 2 + 0.5, reference.reference().all_at_once(few))
    planned = _planned(*asked.size)
    ratio = planned / peaks["ours"]
    what = f"tiny decode {name}"
    return [
        report.faster(f"{what}, beside the exact one", seconds["ours"], seconds["exact"], 10),
        report.faster(f"{what}, beside the reference code, all at once", seconds["ours"], seconds["at-once"], 1.2),
        report.faster(f"{what}, beside the reference code, one by one", seconds["ours"], seconds["one-by-one"], 1.2),
        report.at_most(f"{what}: error, of 3 frames", error, "", 1e-4),
        report.at_most(f"{what}: peak, beside the exact one", peaks["ours"], "GiB", 0.8, peaks["exact"]),
        report.at_most(f"{what}: peak, beside the reference, all at once", peaks["ours"], "GiB", 0.8, peaks["at-once"]),
        report.Figure(
            f"{what}: peak, as planned; peer: as it was",
            planned,
            peaks["ours"],
            "GiB",
            ratio,
            "0.9 to 1.2",
            0.9 <= ratio <= 1.2,
        ),
    ]


def _planned(frames: int, height: int, width: int) -> float:
    settings = GenerationSettings(frames=frames, height=height, width=width, seed=1, decoder="tiny")
    return Planner(settings).peak(SVDPlan(16, tiny=True), "decode") / 2**30


def _preview(asked: argparse.Namespace, z: torch.Tensor, name: str) -> report.Figure:
    """What previews add to a guided step, which is two passes."""
    frames, height, width = asked.size
    settings = GenerationSettings(frames=frames, height=height, width=width, seed=1)
    count = preview_frames(settings, SVDPlan(16), 4)
    show = SharpPreview(tiny_decoder.load(reference.save(asked.cache)), count)
    took = report.seconds(lambda: show(z), asked.clock)
    network, given = unet.load(full_size.prepare(asked.cache, "unet", half=True)), denoiser.inputs(*asked.size)
    step = 2 * report.seconds(lambda: denoiser.ours(network, given), asked.clock)
    what = f"preview {name}, {count} frames of each drawn: of a guided step"
    return report.at_most(what, 100 * took / step, "%", 100 * SHARE * 1.2)


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=(14, 384, 640), metavar=("FRAMES", "HEIGHT", "WIDTH"))
    parser.add_argument("--work", choices=WORK, help="do one decode here, and print its seconds")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    z, name = latents(*asked.size), "×".join(map(str, asked.size))
    if asked.work:
        print(report.seconds(lambda: WORK[asked.work](asked.cache, z), asked.clock))
        return
    report.show([*_decodes(asked, z, name), _preview(asked, z, name)], as_json=asked.json)


if __name__ == "__main__":
    with torch.no_grad():
        main()
