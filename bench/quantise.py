"""How exact, how small and how fast packed weights are: `python -m bench.quantise [--json]`.

SQNR is the power of the weights over that of the error, in dB: 6 dB is one bit.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

from bench.report import Figure, arguments, at_most, show
from bench.schemes import Scheme, asymmetric, gguf_q4_0, normal_float, ours, palette, symmetric
from tests.support import denoiser, full_size
from videoai.engines.svd import unet
from videoai.engines.svd.packing import packer
from videoai.weights.quantise import Quantised, quantise

UNET_WEIGHTS = 1.52e9

EIGHT = [
    ours(8),
    symmetric(8, 32, "GGUF Q8_0 (even levels, groups of 32)"),
    *(symmetric(8, group) for group in (16, 64, 128)),
    symmetric(8, 32, searched=True),
    asymmetric(8, 64),
    palette(8, per_row=False),
]
FOUR = [
    ours(4),
    gguf_q4_0(),
    asymmetric(4, 32, "GGUF Q4_1 (even levels and offset, groups of 32)"),
    asymmetric(5, 32, "GGUF Q5_1 (even levels and offset, groups of 32)"),
    *(symmetric(4, group) for group in (32, 64, 128)),
    symmetric(4, 32, searched=True),
    asymmetric(4, 64),
    *(normal_float(group) for group in (32, 64)),
    palette(4, per_row=False),
    palette(4, per_row=True),
]


def kinds_of_weights() -> dict[str, Tensor]:
    """1280×1280 weights: Gaussian; Student t with 4 degrees of freedom; and that with 1 % of the inputs ×20."""
    torch.manual_seed(0)
    heavy = torch.distributions.StudentT(4.0).sample((1280, 1280)) * 0.02
    outliers = heavy.clone()
    outliers[:, ::100] *= 20
    return {"Gaussian": torch.randn(1280, 1280) * 0.02, "t₄": heavy, "t₄, outlier inputs": outliers}


def sqnr(weight: Tensor, back: Tensor) -> float:
    """Signal to quantisation noise, in dB."""
    return 10 * math.log10(weight.double().square().sum() / (weight - back).double().square().sum())


def output_error(scheme: Scheme, weight: Tensor) -> float:
    """The error of a layer's output on Gaussian input, relative to the output, root mean square."""
    back = scheme.round_trip(weight)
    torch.manual_seed(1)
    if weight.ndim == 2:
        x = torch.randn(256, weight.shape[1])
        exact, packed = F.linear(x, weight), F.linear(x, back)
    else:
        x = torch.randn(1, weight.shape[1], 12, 12)
        exact, packed = F.conv2d(x, weight), F.conv2d(x, back)
    return float((exact - packed).norm() / exact.norm())


def comparison(schemes: list[Scheme]) -> None:
    """Print the table of schemes: bits, SQNR on each kind of weight, output errors of two full-size layers."""
    kinds = kinds_of_weights()
    torch.manual_seed(2)
    layers = {
        "Linear 1280→5120": torch.randn(5120, 1280) * 0.02,
        "conv 640→640 3×3": torch.randn(640, 640, 3, 3) * 0.02,
    }
    print(f"| scheme | bits a weight | {' | '.join(f'SQNR {name}' for name in kinds)} | {' | '.join(layers)} |")
    print("|---" * (2 + len(kinds) + len(layers)) + "|")
    for scheme in schemes:
        decibels = " | ".join(f"{sqnr(weight, scheme.round_trip(weight)):.1f} dB" for weight in kinds.values())
        errors = " | ".join(f"{100 * output_error(scheme, weight):.2f} %" for weight in layers.values())
        print(f"| {scheme.name} | {scheme.bits:.3g} | {decibels} | {errors} |")
    print()


def exactness() -> list[Figure]:
    """Ours against GGUF's type of about the same size, on each kind of weight, and the bits it takes."""
    figures = []
    for bits, bar, most, peer in ((8, 45.0, 8.6, EIGHT[1]), (4, 21.0, 4.6, FOUR[1])):
        for kind, weight in kinds_of_weights().items():
            what = f"{bits} bits: SQNR, {kind} weights; peer {peer.name.split(' (')[0]}"
            ours_is = sqnr(weight, quantise(weight, bits).dequantise())
            figures.append(_decibels(what, ours_is, sqnr(weight, peer.round_trip(weight)), bar))
        packed = quantise(weight, bits)
        total = packed.nbytes * 8 / weight.numel()
        figures.append(at_most(f"{bits} bits: size, all included", total, "bits/weight", most, peer.bits))
    return figures


def _decibels(what: str, ours_is: float, peer_is: float, least: float) -> Figure:
    """The ratio is that of the errors. The bar is for Gaussian weights; heavier tails have none."""
    bar = f"≥ {least:g} dB" if "Gaussian" in what else ""
    ratio = 10 ** ((ours_is - peer_is) / 20)
    return Figure(what, ours_is, peer_is, "dB", ratio, bar, not bar or ours_is >= least)


def speed() -> list[Figure]:
    """Unpacking against turning fp16 into float32, and packing the whole UNet, extrapolated from one layer.

    In seconds of one core, which other programs on the machine disturb least.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    weight = torch.randn(5120, 1280) * 0.02
    half = weight.half()
    millions = weight.numel() / 1e6
    widen = _seconds(lambda: half.to(torch.float32)) * 1e3 / millions
    figures = []
    for bits in (8, 4):
        packed: Quantised = quantise(weight, bits)
        unpack = _seconds(packed.dequantise) * 1e3 / millions
        what = f"{bits} bits: unpacking 1 M weights, one core; peer fp16 → float32"
        figures.append(Figure(what, unpack, widen, "ms", widen / unpack, "", True))
        pack = _seconds(partial(quantise, weight, bits), repeats=2) / weight.numel() * UNET_WEIGHTS / 60
        figures.append(at_most(f"{bits} bits: packing a whole UNet, one core", pack, "minutes", 5.0))
    torch.set_num_threads(threads)
    return figures


def unet_errors(cache: Path) -> list[Figure]:
    """The error of a pass of the full-size UNet with random weights, packed against exact: RMS and largest."""
    folder = full_size.prepare(cache, "unet")
    given = denoiser.inputs(4, 128, 192)
    with torch.no_grad():
        exact = denoiser.ours(unet.load(folder), given)
        figures = []
        for bits in (8, 4):
            error = denoiser.ours(unet.load(folder, pack=packer("unet", bits, folder)), given) - exact
            relative = 100 * float(error.norm() / exact.norm())
            largest = 100 * float(error.abs().max() / exact.abs().max())
            what = f"{bits} bits: error of a pass of the full-size UNet"
            rms = at_most(what, relative, "%", 1.0)
            figures.append(rms if bits == 8 else Figure(what, relative, None, "%", None, "", True))
            figures.append(Figure(f"{what}, largest", largest, None, "%", None, "", True))
    return figures


def _seconds(work: Callable[[], object], repeats: int = 7) -> float:
    """The least processor time of a few runs, after one to warm up."""
    work()
    best = math.inf
    for _ in range(repeats):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def main() -> None:
    asked = arguments(__doc__).parse_args()
    torch.set_num_threads(asked.threads)
    if not asked.json:
        comparison(EIGHT)
        comparison(FOUR)
    show([*exactness(), *unet_errors(asked.cache), *speed()], as_json=asked.json)


if __name__ == "__main__":
    main()
