"""The denoiser: the UNet's prediction, scaled and guided, as the samplers want it.

SVD predicts v with the preconditioning of Karras et al. (arXiv 2206.00364, table 1): for latents x at
noise level σ the network sees x/√(σ²+1) at time ¼·ln σ, and x̂₀ = x/(σ²+1) − σ/√(σ²+1) · prediction.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from videoai.errors import NotFinite
from videoai.language import say

TRY_OTHERS = say("No weight of it is infinite: try another seed, a lower guidance, or another model.")
"""What to do where numbers overflow in full precision as well, and the weights were looked through (generation.py)."""

Conditioning = TypeVar("Conditioning")
ConditioningIn = TypeVar("ConditioningIn", contravariant=True)


class DenoisingNetwork(Protocol[ConditioningIn]):
    """What the denoiser needs of the network. The conditioning is the network's own affair."""

    def __call__(self, latents: Tensor, time: float, added_time_ids: Tensor, conditioning: ConditioningIn, /) -> Tensor:
        """(T, 8, h, w) float32, ¼·ln σ, (1, 3), a branch's conditioning → the prediction, (T, 4, h, w)."""
        ...


@dataclass(frozen=True, slots=True)
class Interval:
    """The noise levels at which guidance applies, both ends included (arXiv 2404.07724)."""

    low: float
    high: float

    def __contains__(self, sigma: float) -> bool:
        return self.low <= sigma <= self.high


@dataclass(frozen=True, slots=True)
class GuidedDenoiser(Generic[Conditioning]):
    """Latents at a noise level → the clean latents the network believes in, with classifier-free guidance.

    Guidance w rises over the frames, since the first is the photo and the last is farthest from it:
    unconditional + w·(conditional − unconditional) (Ho & Salimans, arXiv 2207.12598). The branches run
    one after the other, which halves the activations at the same arithmetic; where w is 1 for every
    frame, or σ is outside the interval, the unconditional branch would change nothing and is not run.

    `image_latents` (4, h, w) are the photo's, unscaled; `guidance` (T,) comes from `linear_guidance`.
    """

    unet: DenoisingNetwork[Conditioning]
    image_latents: Tensor
    added_time_ids: Tensor
    conditional: Conditioning
    unconditional: Conditioning
    guidance: Tensor
    interval: Interval | None = None

    @torch.no_grad()
    def __call__(self, latents: Tensor, sigma: float) -> Tensor:
        """x̂₀ (T, 4, h, w) float32 of latents at noise level `sigma`, float32, on the latents' device.

        Raises NotFinite when the network's prediction has overflowed.
        """
        scaled = latents / math.sqrt(sigma * sigma + 1)
        time = time_of(sigma)
        prediction = self._branch(scaled, time, self.image_latents, self.conditional)
        if self.passes(sigma) == 2:
            unguided = self._branch(scaled, time, torch.zeros_like(self.image_latents), self.unconditional)
            weight = self.guidance.to(unguided).reshape(-1, 1, 1, 1)
            prediction = unguided + weight * (prediction - unguided)
        if not bool(torch.isfinite(prediction).all()):
            raise NotFinite(
                say("The network's numbers overflowed at noise level {sigma:.4g}.", sigma=sigma),
                TRY_OTHERS,
            )
        return latents / (sigma * sigma + 1) - prediction * (sigma / math.sqrt(sigma * sigma + 1))

    def passes(self, sigma: float) -> int:
        """How many times the network runs at noise level `sigma`: 2, or 1 without guidance."""
        guided = self.interval is None or sigma in self.interval
        return 2 if guided and bool((self.guidance != 1).any()) else 1

    def _branch(self, scaled: Tensor, time: float, image_latents: Tensor, conditioning: Conditioning) -> Tensor:
        """The network's prediction in float32, whatever it computes in."""
        repeated = image_latents.to(scaled).expand(len(scaled), -1, -1, -1)
        both = torch.cat([scaled, repeated], dim=1)
        return self.unet(both, time, self.added_time_ids, conditioning).to(torch.float32)


def time_of(sigma: float) -> float:
    """What the network knows a noise level by, ¼·ln σ."""
    return 0.25 * math.log(sigma)


def linear_guidance(lowest: float, highest: float, frames: int) -> Tensor:
    """Guidance from `lowest` at the first frame to `highest` at the last; (frames,) float32 on the CPU."""
    return torch.linspace(lowest, highest, frames)
