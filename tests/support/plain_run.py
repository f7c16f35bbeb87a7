"""A whole run of Stable Video Diffusion as one reads it in the papers: the reference's networks, all in float64.

Nothing here is the program's own code. What it shares with it is a convention, written down a second time: which
random numbers a seed stands for, as the README promises that a seed gives the same video again.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from diffusers.pipelines.stable_video_diffusion.pipeline_stable_video_diffusion import _resize_with_antialiasing

from tests.support.full_size import load_reference
from videoai.events import Pixels
from videoai.settings import GenerationSettings

Numbers = torch.Tensor
"""Always float64 here."""

_CLIP_MEAN = (0.48145466, 0.4578275, 0.40821073)
_CLIP_STD = (0.26862954, 0.26130258, 0.27577711)
_ALIGN_YOUR_STEPS = (700.0, 54.5, 15.886, 7.977, 4.248, 1.789, 0.981, 0.403, 0.173, 0.034, 0.002)


@dataclass(frozen=True, slots=True)
class After:
    """What there is after a step: the latents, and the clean ones that it took for the end."""

    latents: Numbers
    estimate: Numbers


class Networks:
    """The reference's networks with the weights of a checkpoint in the diffusers layout."""

    def __init__(self, folder: Path) -> None:
        self.unet: Any = load_reference(folder / "unet").double()
        self.vae: Any = load_reference(folder / "vae").double()
        self.image_encoder: Any = load_reference(folder / "image_encoder").double()

    @torch.no_grad()
    def denoise(self, photo: Pixels, settings: GenerationSettings) -> list[After]:
        """Each step of the run of a fitted photo with these settings."""
        levels, predict = noise_levels(settings), self._predictor(photo, settings)
        steps: list[After] = []
        x = _noise(settings, 0, _shape(settings)) * math.sqrt(levels[0] ** 2 + 1)
        for step, (sigma, after) in enumerate(itertools.pairwise(levels)):
            estimate = x / (sigma**2 + 1) - predict(x, sigma) * sigma / math.sqrt(sigma**2 + 1)
            fresh = _noise(settings, 2 + step, _shape(settings))
            before = (steps[-1].estimate, levels[step - 1]) if steps else None
            x = SAMPLERS[settings.scheduler](x, estimate, sigma, after, fresh, before)
            steps.append(After(x, estimate))
        return steps

    @torch.no_grad()
    def decode(self, latents: Numbers) -> Numbers:
        """The frames of the last latents, (T, H, W, 3), 0 to 255, not yet rounded."""
        pixels = self.vae.decode(latents / self.vae.config.scaling_factor, num_frames=len(latents)).sample
        levels: Numbers = ((pixels / 2 + 0.5).clamp(0, 1) * 255).permute(0, 2, 3, 1)
        return levels

    def _predictor(self, photo: Pixels, settings: GenerationSettings) -> Callable[[Numbers, float], Numbers]:
        """The guided prediction for latents at a noise level."""
        token, image = self._token(photo), self._image_latents(photo, settings)
        ids = torch.tensor([[settings.fps - 1, settings.motion, settings.noise_aug]], dtype=torch.float64)
        tokens, images = torch.cat([torch.zeros_like(token), token]), torch.stack([torch.zeros_like(image), image])

        def predict(x: Numbers, sigma: float) -> Numbers:
            scaled = torch.stack([x, x]) / math.sqrt(sigma**2 + 1)
            seen = torch.cat([scaled, images[:, None].expand(-1, len(x), -1, -1, -1)], dim=2)
            time, both = 0.25 * math.log(sigma), torch.cat([ids, ids])
            free, bound = self.unet(seen, time, tokens[:, None], both, return_dict=False)[0]
            weights = [_guidance(settings, sigma, frame) for frame in range(len(x))]
            return torch.stack([f + w * (b - f) for f, b, w in zip(free, bound, weights, strict=True)])

        return predict

    def _token(self, photo: Pixels) -> Numbers:
        small = (_resize_with_antialiasing(_signed(photo), (224, 224)) + 1) / 2
        mean, std = (torch.tensor(each, dtype=torch.float64)[:, None, None] for each in (_CLIP_MEAN, _CLIP_STD))
        token: Numbers = self.image_encoder((small - mean) / std).image_embeds
        return token

    def _image_latents(self, photo: Pixels, settings: GenerationSettings) -> Numbers:
        """The mode, without the scaling."""
        noisy = _signed(photo) + settings.noise_aug * _noise(settings, 1, (1, 3, settings.height, settings.width))
        latents: Numbers = self.vae.encode(noisy).latent_dist.mode()[0]
        return latents


def noise_levels(settings: GenerationSettings) -> list[float]:
    """The noise level before each step, and the 0 after the last."""
    steps = settings.steps
    if settings.scheduler == "lcm":
        return [_karras(index * (40 // steps) / 39) for index in range(steps)] + [0.0]
    if settings.sigmas == "karras":
        return [_karras(index / max(1, steps - 1)) for index in range(steps)] + [0.0]
    found = []
    for index in range(steps):
        below, share = divmod(index * 10 / steps, 1)
        low, high = _ALIGN_YOUR_STEPS[int(below) : int(below) + 2]
        found.append(low ** (1 - share) * high**share)
    return [*found, 0.0]


def _karras(share: float) -> float:
    first, last = 700.0 ** (1 / 7), 0.002 ** (1 / 7)
    return float((first + share * (last - first)) ** 7)


def _guidance(settings: GenerationSettings, sigma: float, frame: int) -> float:
    """1, the plain conditional branch, outside the interval."""
    low, high = settings.guidance_interval or (0.0, math.inf)
    if not low <= sigma <= high:
        return 1.0
    rise = settings.guidance_max - settings.guidance_min
    return settings.guidance_min + rise * frame / (settings.frames - 1)


def _noise(settings: GenerationSettings, stream: int, shape: tuple[int, ...]) -> Numbers:
    """The stream 0 is the first latents', 1 the photo's, 2 the first step's."""
    generator = np.random.Generator(np.random.Philox(key=np.array([settings.seed, stream], dtype=np.uint64)))
    return torch.from_numpy(generator.standard_normal(shape, dtype=np.float32)).double()


def _shape(settings: GenerationSettings) -> tuple[int, ...]:
    return settings.frames, 4, settings.height // 8, settings.width // 8


def _signed(photo: Pixels) -> Numbers:
    return torch.tensor(photo).double().permute(2, 0, 1)[None] / 127.5 - 1


Before = tuple[Numbers, float] | None
"""The last step's estimate, and the noise level it was made at."""


def _euler(x: Numbers, estimate: Numbers, sigma: float, after: float, fresh: Numbers, before: Before) -> Numbers:
    """Karras et al., algorithm 2 without churn: along the derivative."""
    return x + (x - estimate) / sigma * (after - sigma)


def _euler_a(x: Numbers, estimate: Numbers, sigma: float, after: float, fresh: Numbers, before: Before) -> Numbers:
    """k-diffusion's ancestral step with eta 1."""
    up = min(after, math.sqrt(after**2 * (sigma**2 - after**2) / sigma**2))
    down = math.sqrt(after**2 - up**2)
    return x + (x - estimate) / sigma * (down - sigma) + up * fresh


def _dpmpp_2m(x: Numbers, estimate: Numbers, sigma: float, after: float, fresh: Numbers, before: Before) -> Numbers:
    """Lu et al., algorithm 2, with λ = −ln σ; the last step goes to the estimate."""
    if after == 0:
        return estimate
    h, target = math.log(sigma / after), estimate
    if before is not None:
        r = math.log(before[1] / sigma) / h
        target = (1 + 1 / (2 * r)) * estimate - 1 / (2 * r) * before[0]
    return after / sigma * x - math.expm1(-h) * target


def _lcm(x: Numbers, estimate: Numbers, sigma: float, after: float, fresh: Numbers, before: Before) -> Numbers:
    """Song et al., "Consistency Models", algorithm 1."""
    return estimate + after * fresh


SAMPLERS = {"euler": _euler, "euler-a": _euler_a, "dpmpp-2m": _dpmpp_2m, "lcm": _lcm}
