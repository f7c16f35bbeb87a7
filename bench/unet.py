"""A pass of the denoiser at full size, ours and diffusers', in several types of number."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch

from bench import beside, processor, report
from tests.support import full_size
from tests.support.denoiser import inputs, ours, peers
from videoai.engines.svd import unet


def tflop(given: dict[str, Any]) -> float:
    """Of the reference's pass."""
    on_meta = _cast(given, "meta") | {"timestep": torch.zeros((), device="meta")}
    return beside.count(full_size.reference("unet"), lambda network: peers(network, on_meta))


def _cast(given: dict[str, Any], to: torch.dtype | str) -> dict[str, Any]:
    return {name: value.to(to) if isinstance(value, torch.Tensor) else value for name, value in given.items()}


def load_ours(folder: Path, dtype: torch.dtype) -> beside.Run:
    """Weights in a half type are kept in it, as a run keeps them."""
    network = unet.load(folder, dtype=dtype, storage_dtype=dtype)
    return lambda given: ours(network, given)


def load_peer(folder: Path, dtype: torch.dtype) -> beside.Run:
    """Diffusers' network, all of it in that type."""
    network = full_size.load_reference(folder).to(dtype)
    return lambda given: peers(network, _cast(given, dtype))


def least(numbers: str) -> float | None:
    """How many times faster than diffusers in the same numbers it has to be on this processor."""
    here = processor.this()
    if numbers == "fp32" and here.has("AVX512F"):
        return {"GenuineIntel": 1.3, "AuthenticAMD": 1.8}.get(here.vendor)
    return 1.8 if numbers == "bf16" and here.has("AMX") else None


def least_gain(numbers: str) -> float | None:
    """How many times faster than ours in fp32."""
    here = processor.this()
    if numbers != "bf16":
        return None
    return 5 if here.has("AMX") else 1.8 if here.has("AVX512_BF16") else None


def work(asked: argparse.Namespace) -> beside.Work:
    """As a bench of its own, and as part of others."""
    folder, given = full_size.prepare(asked.cache, "unet"), inputs(*asked.size)
    return beside.Work(
        "UNet pass " + "×".join(map(str, asked.size)),
        lambda dtype: load_ours(folder, dtype),
        lambda dtype: load_peer(folder, dtype),
        given,
        tflop(given),
        least,
        least_gain,
    )


def main() -> None:
    asked = beside.arguments(__doc__, (10, 256, 448)).parse_args()
    torch.set_num_threads(asked.threads)
    report.show(list(beside.figures(work(asked), asked)), as_json=asked.json)


if __name__ == "__main__":
    with torch.no_grad():
        main()
