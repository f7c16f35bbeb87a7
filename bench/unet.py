"""A pass of the denoiser, ours and diffusers', at full size: time, share of the product's rate, error."""

from __future__ import annotations

from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from bench import report
from tests.support import full_size
from tests.support.denoiser import inputs, ours, peers
from videoai.engines.svd import unet


def work(given: dict[str, Any]) -> float:
    """TFLOP of the reference's pass, as torch counts them."""
    on_meta = {name: value.to("meta") if isinstance(value, torch.Tensor) else value for name, value in given.items()}
    on_meta["timestep"] = torch.zeros((), device="meta")
    with FlopCounterMode(display=False) as counter:
        peers(full_size.reference("unet"), on_meta)
    return float(counter.get_total_flops()) / 1e12


def main() -> None:
    parser = report.arguments(__doc__)
    parser.add_argument("--size", type=int, nargs=3, default=(10, 256, 448), metavar=("FRAMES", "HEIGHT", "WIDTH"))
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    given, folder = inputs(*asked.size), full_size.prepare(asked.cache, "unet")
    mine, theirs = unet.load(folder), full_size.load_reference(folder)
    results: dict[str, torch.Tensor] = {}
    before = report.product_rate(asked.clock)
    took, peer_took = report.interleaved(
        [
            lambda: results.update(ours=ours(mine, given)),
            lambda: results.update(peer=peers(theirs, given)),
        ],
        asked.runs,
        asked.clock,
    )
    rate = max(before, report.product_rate(asked.clock))
    plain = report.product_rate(asked.clock, torch_only=True)
    flop = work(given)
    name = "×".join(map(str, asked.size))
    report.show(
        [
            report.faster(f"UNet pass {name}", took, peer_took, 1.25),
            _share(f"UNet pass {name}: rate, of torch's product", flop / took, flop / peer_took, plain),
            _share(f"UNet pass {name}: rate, of oneDNN's product", flop / took, flop / peer_took, rate),
            report.at_most(
                f"UNet pass {name}: error", report.largest_error(results["ours"], results["peer"]), "", 1e-4
            ),
        ],
        as_json=asked.json,
    )


def _share(what: str, rate: float, peer: float, product: float) -> report.Figure:
    """Rates of the reference's work: folding away some of it counts as being faster."""
    reached = rate / product
    bar = f"≥ 85 % of {product:.3f}, reached {100 * reached:.0f} %"
    return report.Figure(what, rate, peer, "TFLOP/s", rate / peer, bar, reached >= 0.85)


if __name__ == "__main__":
    with torch.no_grad():
        main()
