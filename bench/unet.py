"""A pass of the denoiser at full size, ours and diffusers', in several types of number."""

from __future__ import annotations

from pathlib import Path

import torch

from bench import beside, processor
from tests.support.denoiser import inputs, ours, peers
from videoai.engines.svd import unet


def load(folder: Path, dtype: torch.dtype) -> beside.Run:
    """Weights in a half type are kept in it, as a run keeps them."""
    network = unet.load(folder, dtype=dtype, storage_dtype=dtype)
    return lambda given: ours(network, given)


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


WORK = beside.Work("UNet pass", "unet", inputs, load, peers, least, least_gain)

if __name__ == "__main__":
    beside.main(WORK, __doc__, (10, 256, 448))
