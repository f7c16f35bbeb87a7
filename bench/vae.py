"""The exact all-frames decode, ours and diffusers' in one chunk, at full size, in several types of number."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from bench import beside, processor, report
from tests.support import full_size
from videoai.engines.svd import vae
from videoai.weights.svd_configs import VAE


def latents(frames: int, height: int, width: int) -> torch.Tensor:
    """As a denoiser leaves them: of about unit variance."""
    return torch.randn(frames, 4, height // 8, width // 8, generator=torch.Generator().manual_seed(1))


def ours(network: vae.VAEDecoder, z: torch.Tensor) -> torch.Tensor:
    return torch.stack(list(network.frames(z)))


def peers(network: torch.nn.Module, z: torch.Tensor, chunk: int | None = None) -> torch.Tensor:
    """Exact in one chunk; with `chunk` frames at a time, as diffusers' pipeline does, other numbers."""
    scaled = z / VAE["scaling_factor"]
    parts = scaled.split(chunk or len(scaled))
    return torch.cat([network.decode(part, num_frames=len(part)).sample for part in parts])  # type: ignore[operator]


def tflop(z: torch.Tensor) -> float:
    """Of the reference's decode."""
    return beside.count(full_size.reference("vae"), lambda network: peers(network, z.to("meta")))


def load_ours(folder: Path, dtype: torch.dtype) -> beside.Run:
    """The latents come in fp32, as a run leaves them."""
    network = vae.load_decoder(folder, dtype=dtype, storage_dtype=dtype)
    return lambda z: ours(network, z)


def load_peer(folder: Path, dtype: torch.dtype) -> beside.Run:
    """Diffusers' network, all of it in that type."""
    network = full_size.load_reference(folder).to(dtype)
    return lambda z: peers(network, z.to(dtype))


def least(numbers: str) -> float | None:
    """How many times faster than diffusers in the same numbers it has to be on this processor."""
    here = processor.this()
    return {"fp32": 2.0, "bf16": 1.8 if here.has("AMX") or here.has("AVX512_BF16") else None}.get(numbers)


def work(asked: argparse.Namespace) -> beside.Work:
    """As a bench of its own, and as part of others."""
    folder, z = full_size.prepare(asked.cache, "vae"), latents(*asked.size)
    return beside.Work(
        "VAE decode " + "×".join(map(str, asked.size)),
        lambda dtype: load_ours(folder, dtype),
        lambda dtype: load_peer(folder, dtype),
        z,
        tflop(z),
        least,
        lambda numbers: None,
    )


def main() -> None:
    asked = beside.arguments(__doc__, (6, 256, 256)).parse_args()
    torch.set_num_threads(asked.threads)
    report.show(list(beside.figures(work(asked), asked)), as_json=asked.json)


if __name__ == "__main__":
    with torch.no_grad():
        main()
