"""A glimpse of the clip while it is being made: latents to colours by one small matrix, no network."""

from __future__ import annotations

import torch
from torch import Tensor

from videoai.events import Pixels

_TO_RGB = (
    (0.3512, 0.2297, 0.3227),
    (0.3250, 0.4974, 0.2350),
    (-0.2829, 0.1762, 0.2721),
    (-0.2120, -0.2616, -0.7177),
)
"""Red, green and blue in −1 to 1 for each latent channel: a linear fit to the VAE shared by the
Stable Diffusion 1 family, SVD's among it, for latents as the sampler has them (before ÷ 0.18215)."""


def preview(denoised: Tensor) -> Pixels:
    """Clean latents (T, 4, h, w), on any device → all frames as (T, h, w, 3), an eighth of the video's size."""
    latents = denoised.detach().to("cpu", torch.float32)
    colours = torch.einsum("tchw,cr->thwr", latents, torch.tensor(_TO_RGB))
    pixels: Pixels = ((colours + 1) * 127.5).round().clamp(0, 255).to(torch.uint8).numpy()
    return pixels
