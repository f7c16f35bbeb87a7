"""python -m bench.depth: the depth of a photo by the network, whole processes from their start to the map, beside
transformers' pipeline at the same size. The weights are random: they cost what the real ones do."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
from PIL import Image

from bench import report
from bench.draft import ROOT
from tests.engines.depth import checkpoint
from videoai.engines.depth.config import SMALL
from videoai.engines.devices import CPU
from videoai.engines.draft import learned, learned_process
from videoai.engines.draft.plan import LEARNED_BYTES
from videoai.media.photo import read_photo
from videoai.memory.numbers import numbers_of

LIMIT = 2.5
"""Seconds, of a draft's usual size."""

SIZES = ((640, 384), (1024, 576), (1024, 1024), (1024, 256))
"""Width and height."""

_LAUNCH = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
process.returncode = os.waitstatus_to_exitcode(status)
print(process.returncode, usage.ru_maxrss, usage.ru_utime + usage.ru_stime)
"""
"""A small process between, as Linux counts its parent's peak as a child's; it hands on the pipe that ours lives by."""

_PEER = """
import sys, torch
from PIL import Image
from transformers import DepthAnythingForDepthEstimation, pipeline
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil

folder, photo, side = sys.argv[1:]
processor = DPTImageProcessorPil(
    size={"height": int(side), "width": int(side)},
    keep_aspect_ratio=True,
    ensure_multiple_of=14,
    image_mean=[0.485, 0.456, 0.406],
    image_std=[0.229, 0.224, 0.225],
)
model = DepthAnythingForDepthEstimation.from_pretrained(folder, dtype=torch.float32)
found = pipeline("depth-estimation", model=model, image_processor=processor)(Image.open(photo))
assert found["predicted_depth"].numel()
"""
"""In fp32, as it takes no bf16 on a CPU: “Got unsupported ScalarType BFloat16”."""


def whole(*command: str) -> tuple[float, float, float]:
    """Seconds, processor seconds and the peak in GiB of a process."""
    start = time.perf_counter()
    launch = [sys.executable, "-S", "-c", _LAUNCH, sys.executable, *command]
    with subprocess.Popen(launch, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as process:  # noqa: S603
        code, most, busy = map(float, process.stdout.read().split()) if process.stdout else (1, 0, 0)
        seconds = time.perf_counter() - start
    if code:
        raise RuntimeError(f"{' '.join(command)[:200]} ended with {code:.0f}.")
    return seconds, busy, most / (2**30 if sys.platform == "darwin" else 2**20)


def _measured(size: tuple[int, int], weights: Path, folder: Path, numbers: str, runs: int) -> list[report.Figure]:
    """Ours in these numbers, and the peer; taken in turn. Of times the least: what else the machine does only adds."""
    pixels = read_photo(ROOT / "examples" / "coffee.png").fitted(*size)
    np.save(folder / learned_process.PHOTO, pixels)
    Image.fromarray(pixels).save(folder / "photo.png")
    side = str(learned.side_for(*pixels.shape[:2]))
    ours = ("-m", learned.CHILD, str(folder), str(weights), side, numbers)
    peer = ("-c", _PEER, str(weights.parent), str(folder / "photo.png"), side)
    ran = [(whole(*ours), whole(*peer)) for _ in range(runs)]
    seconds, busy = ([min(each[who][clock] for each in ran) for who in (0, 1)] for clock in (0, 1))
    peaks = [max(each[who][2] for each in ran) for who in (0, 1)]
    what = f"depth of a photo of {size[0]}×{size[1]} in {numbers}; peer: fp32"
    return [
        report.at_most(f"{what}, time", seconds[0], "s", LIMIT, seconds[1]),
        report.faster(f"{what}, processor time", busy[0], busy[1], None),
        report.at_most(f"{what}, peak; bar: as planned", peaks[0], "GiB", round(LEARNED_BYTES / 2**30, 2), peaks[1]),
    ]


def main() -> None:
    parser = report.arguments(__doc__)
    report.add_numbers(parser)
    parser.add_argument(
        "--sizes", type=int, nargs="+", choices=range(1, len(SIZES) + 1), help="only these of the sizes"
    )
    asked = parser.parse_args()
    weights = asked.cache / "depth" / "model.safetensors"
    if not weights.exists():
        checkpoint.save(weights.parent, SMALL)
    figures = []
    for size in [SIZES[number - 1] for number in asked.sizes or range(1, len(SIZES) + 1)]:
        for numbers in asked.numbers or ["fp32", numbers_of(CPU).best]:
            with tempfile.TemporaryDirectory() as folder:
                figures += _measured(size, weights, Path(folder), numbers, asked.runs)
    report.show(figures, as_json=asked.json)


if __name__ == "__main__":
    main()
