"""A glimpse of the clip while it is being made: by the tiny decoder if it is here, else by one small matrix."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from videoai.engines.devices import Device
from videoai.engines.svd import tiny_decoder
from videoai.engines.svd.cost.preview import preview_frames
from videoai.engines.svd.plan import SVDPlan
from videoai.events import Pixels
from videoai.settings import GenerationSettings
from videoai.weights.model_files import ModelFiles

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


def previewer(
    files: ModelFiles, settings: GenerationSettings, plan: SVDPlan, device: Device
) -> Callable[[Tensor], Pixels]:
    """What makes a preview of clean latents: see SharpPreview and `preview`. Raises ModelMissing, ModelDamaged."""
    count = preview_frames(settings, plan, device.dtype.itemsize)
    if files.tiny_decoder is None or count == 0:
        return preview
    return SharpPreview(tiny_decoder.load(files.tiny_decoder.weights, device=device.name, dtype=device.dtype), count)


@dataclass(frozen=True, slots=True)
class SharpPreview:
    """Draws `count` frames, spread over the clip, and shows each of them for those around it too."""

    decoder: tiny_decoder.TinyDecoder
    count: int

    def __call__(self, denoised: Tensor) -> Pixels:
        """Clean latents (T, 4, h, w) → all frames as (T, 2h, 2w, 3), a quarter of the video's size."""
        total = len(denoised)
        middles = [(2 * index + 1) * total // (2 * self.count) for index in range(self.count)]
        small = [nn.functional.avg_pool2d(self.decoder.alone(denoised[at]), 4) for at in middles]
        drawn = torch.stack(small).permute(0, 2, 3, 1).cpu()
        if not bool(torch.isfinite(drawn).all()):
            return preview(denoised)  # halves have overflowed: a glimpse is not worth doing it again
        levels = ((drawn + 1) * 127.5).round().clamp(0, 255).to(torch.uint8)
        pixels: Pixels = levels[[at * self.count // total for at in range(total)]].numpy()
        return pixels
