"""The tiny decode beside the exact one and beside the reference code, at full size: time, error, memory; and previews.

The exact decode and a pass of the UNet are run once, as each takes minutes.
"""

from __future__ import annotations

import argparse
import resource
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
    "peer": lambda cache, z: reference.reference().all_at_once(z),
}


def _times(asked: argparse.Namespace, z: torch.Tensor, name: str) -> list[report.Figure]:
    mine, theirs = tiny_decoder.load(reference.save(asked.cache)), reference.reference()
    results: dict[str, torch.Tensor] = {}
    took, at_once, one_by_one = report.interleaved(
        [
            lambda: results.update(ours=torch.stack(list(mine.frames(z)))),
            lambda: results.update(peer=theirs.all_at_once(z)),
            lambda: theirs.one_by_one(z),
        ],
        asked.runs,
        asked.clock,
    )
    exact = report.seconds(lambda: _exact(asked.cache, z), asked.clock)
    error = report.largest_error(results["ours"] / 2 + 0.5, results["peer"])
    return [
        report.faster(f"tiny decode {name}, beside the exact one", took, exact, 10),
        report.faster(f"tiny decode {name}, beside the reference code, all frames at once", took, at_once, 1.2),
        report.faster(f"tiny decode {name}, beside the reference code, frame by frame", took, one_by_one, 1.2),
        report.at_most(f"tiny decode {name}: error", error, "", 1e-4),
    ]


def _peaks(asked: argparse.Namespace, name: str) -> list[report.Figure]:
    size = [str(side) for side in asked.size]
    peaks = {
        work: report.peak_of("bench.tiny", "--work", work, "--cache", str(asked.cache), "--size", *size)[0]
        for work in WORK
    }
    planned = _planned(*asked.size)
    ratio = planned / peaks["ours"]
    return [
        report.Figure(
            f"tiny decode {name}: peak, as planned and as it was",
            planned,
            peaks["ours"],
            "GiB",
            ratio,
            "0.9 to 1.2",
            0.9 <= ratio <= 1.2,
        ),
        report.at_most(f"tiny decode {name}: peak, beside the exact one", peaks["ours"], "GiB", 0.8, peaks["exact"]),
        report.at_most(
            f"tiny decode {name}: peak, beside the reference code, all frames at once",
            peaks["ours"],
            "GiB",
            0.8,
            peaks["peer"],
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
    parser.add_argument("--work", choices=WORK, help="do one decode here, and print its peak in GiB")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    z, name = latents(*asked.size), "×".join(map(str, asked.size))
    if asked.work:
        WORK[asked.work](asked.cache, z)
        print(report.gib_of(resource.getrusage(resource.RUSAGE_SELF)))
        return
    report.show([*_times(asked, z, name), *_peaks(asked, name), _preview(asked, z, name)], as_json=asked.json)


if __name__ == "__main__":
    with torch.no_grad():
        main()
