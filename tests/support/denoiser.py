"""A pass of the denoiser at full size, ours and diffusers', with the same inputs."""

from __future__ import annotations

from typing import Any

import torch

from videoai.engines.svd import unet


def inputs(frames: int, height: int, width: int) -> dict[str, Any]:
    """Latents, an image token and the numbers that go with them."""
    generator = torch.Generator().manual_seed(1)
    return {
        "latents": torch.randn(frames, 8, height // 8, width // 8, generator=generator),
        "token": torch.randn(1, 1, 1024, generator=generator),
        "ids": torch.tensor([[5.0, 100.0, 0.02]]),
        "timestep": 1.3,
    }


def ours(network: unet.UNet, given: dict[str, Any]) -> torch.Tensor:
    """The noise that our network finds."""
    return network(given["latents"], given["timestep"], given["ids"], network.conditioning(given["token"]))


def peers(network: torch.nn.Module, given: dict[str, Any]) -> torch.Tensor:
    """The noise that diffusers' network finds."""
    out: torch.Tensor = network(
        given["latents"][None], given["timestep"], given["token"], given["ids"], return_dict=False
    )[0][0]
    return out
