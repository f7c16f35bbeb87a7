"""A pass of the denoiser on CUDA in half precision, ours and diffusers', at full size: time, memory and error.

Diffusers is timed as it is, with channels last, and under torch.compile. Ours is timed with the plan that the planner
takes on this card, and with the parts that are usual elsewhere. Run it where there is a card: no other bench does.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from functools import partial
from typing import Any

import torch

from bench import report
from tests.support import full_size
from tests.support.denoiser import inputs, ours, peers
from videoai.engines.base import AvailableWeights
from videoai.engines.numbers import Numbers
from videoai.engines.processor import Processor
from videoai.engines.svd import unet
from videoai.engines.svd.chunking import ChunkSizes
from videoai.engines.svd.plan import plans
from videoai.settings import GenerationSettings

NO_CUDA = "There is no CUDA on this computer: torch finds no card, or has none of its kernels."


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=(14, 384, 640), metavar=("FRAMES", "HEIGHT", "WIDTH"))
    asked = parser.parse_args()
    if not torch.cuda.is_available():
        raise SystemExit(NO_CUDA)
    given, folder = _on_the_card(inputs(*asked.size)), full_size.prepare(asked.cache, "unet", half=True)
    name = "×".join(map(str, asked.size))
    results: dict[str, torch.Tensor] = {}
    took: dict[str, float] = {}
    peak: dict[str, float] = {}
    for chunks, which in ((_planned(asked.size), "ours"), (ChunkSizes(), "ours, in the usual parts")):
        mine = unet.load(folder, device="cuda", dtype=torch.float16, storage_dtype=torch.float16, chunks=chunks)
        _measure(which, partial(ours, mine, given), asked.runs, results, took, peak)
        del mine
        gc.collect()  # a network knows itself in circles, and would count in the next one's memory
    for which, make in _peers().items():
        theirs = make(full_size.load_reference(folder).half().cuda())
        _measure(which, partial(peers, theirs, given), asked.runs, results, took, peak)
        del theirs
        gc.collect()
    error = float((results["ours"] - results["diffusers"]).norm() / results["diffusers"].norm())
    figures = [report.faster(f"UNet pass {name}, {which}", took["ours"], took[which], 1) for which in _peers()]
    figures.append(
        report.faster(f"UNet pass {name}, the usual parts", took["ours"], took["ours, in the usual parts"], 1)
    )
    figures.append(
        report.at_most(
            f"UNet pass {name}: memory of the card", peak["ours"], "GiB", peak["diffusers"], peak["diffusers"]
        )
    )
    figures.append(report.at_most(f"UNet pass {name}: difference from diffusers, root mean square", error, "", 0.02))
    report.show(figures, as_json=asked.json)


def _planned(size: tuple[int, int, int]) -> ChunkSizes:
    """What the planner takes if the card has the memory."""
    frames, height, width = size
    settings = GenerationSettings(frames=frames, height=height, width=width)
    return next(iter(plans(settings, AvailableWeights(), Processor("cuda", Numbers("fp16"))))).unet


def _peers() -> dict[str, Callable[[Any], Any]]:
    return {
        "diffusers": lambda network: network,
        "diffusers, channels last": _channels_last,
        "diffusers, compiled": lambda network: torch.compile(network, mode="max-autotune-no-cudagraphs"),
    }


def _channels_last(network: Any) -> Any:
    """Its convolutions over pictures: those over time have five sides, which that layout does not know."""
    for weight in network.parameters():
        if weight.ndim == 4:
            weight.data = weight.data.to(memory_format=torch.channels_last)
    return network


def _on_the_card(given: dict[str, Any]) -> dict[str, Any]:
    halves = {name: value.half().cuda() for name, value in given.items() if isinstance(value, torch.Tensor)}
    return given | halves


def _measure(
    which: str,
    run: Callable[[], torch.Tensor],
    runs: int,
    results: dict[str, torch.Tensor],
    took: dict[str, float],
    peak: dict[str, float],
) -> None:
    """Two passes to warm up, then the median of some, each waited for, and the most that the card's tensors took."""
    for _ in range(2):
        results[which] = run().float().cpu()
    torch.cuda.empty_cache()
    torch.cuda.reset_peak_memory_stats()

    def waited() -> None:
        run()
        torch.cuda.synchronize()

    took[which] = report.interleaved([partial(report.seconds, waited, "wall")], runs)[0]
    peak[which] = torch.cuda.max_memory_allocated() / 2**30


if __name__ == "__main__":
    with torch.no_grad():
        main()
