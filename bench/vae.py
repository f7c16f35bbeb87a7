"""The exact all-frames decode, ours and diffusers' in one chunk, at full size, in several types of number."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from bench import beside, processor
from videoai.engines.svd import vae
from videoai.weights.svd_configs import VAE


def latents(frames: int, height: int, width: int) -> torch.Tensor:
    """As a denoiser leaves them: of about unit variance, in fp32."""
    return torch.randn(frames, 4, height // 8, width // 8, generator=torch.Generator().manual_seed(1))


def ours(network: vae.VAEDecoder, z: torch.Tensor) -> torch.Tensor:
    """The frames."""
    return torch.stack(list(network.frames(z)))


def peers(network: Any, z: torch.Tensor, chunk: int | None = None) -> torch.Tensor:
    """Exact in one chunk; with `chunk` frames at a time, as diffusers' pipeline does, other numbers."""
    scaled = z / VAE["scaling_factor"]
    parts = scaled.split(chunk or len(scaled))
    return torch.cat([network.decode(part, num_frames=len(part)).sample for part in parts])


def load(folder: Path, dtype: torch.dtype) -> beside.Run:
    """Weights in a half type are kept in it, as a run keeps them."""
    network = vae.load_decoder(folder, dtype=dtype, storage_dtype=dtype)
    return lambda z: ours(network, z)


def least(numbers: str) -> float | None:
    """How many times faster than diffusers in the same numbers it has to be on this processor."""
    here = processor.this()
    return {"fp32": 2.0, "bf16": 1.8 if here.has("AMX") or here.has("AVX512_BF16") else None}.get(numbers)


WORK = beside.Work("VAE decode", "vae", latents, load, peers, least)

if __name__ == "__main__":
    beside.main(WORK, __doc__, (6, 256, 256))
