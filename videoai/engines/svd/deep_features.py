"""The UNet with its deep features used again: each branch of guidance has its own (see reuse.py)."""

from __future__ import annotations

from dataclasses import dataclass

import torch

from videoai.engines.svd.guidance import time_of
from videoai.engines.svd.unet import Conditioning, DeepFeatures, UNet


@dataclass(slots=True)
class Branch:
    """The conditioning of one branch of guidance, and what its last whole pass kept.

    `period` is when that was: how many of the steps that have whole passes had begun.
    """

    conditioning: Conditioning
    deep: DeepFeatures | None
    period: int = 0


class ReusingUNet:
    """What guidance.DenoisingNetwork asks for: whole passes in every `reuse`-th step, shallow ones between.

    A branch that did not run in the step with the whole passes, because guidance began later, has its own whole pass
    where it begins: features are never older than `reuse` steps.
    """

    def __init__(self, unet: UNet, sigmas: torch.Tensor, reuse: int) -> None:
        """`sigmas` are the noise levels of the steps, and 0 after them; `reuse` of 1 keeps nothing."""
        self._unet = unet
        self._reuses = reuse > 1
        self._begins = [time_of(sigma) for sigma in sigmas[:-1][::reuse].tolist()]

    def conditioning(self, image_embedding: torch.Tensor) -> Branch:
        """That of one branch: see UNet.conditioning."""
        return Branch(self._unet.conditioning(image_embedding), DeepFeatures() if self._reuses else None)

    def __call__(
        self, latents: torch.Tensor, time: float, added_time_ids: torch.Tensor, branch: Branch
    ) -> torch.Tensor:
        """See UNet."""
        period = sum(time <= begin for begin in self._begins)
        if branch.deep is not None and branch.period != period:
            branch.period, branch.deep.kept = period, None  # freed before the whole pass
        return self._unet(latents, time, added_time_ids, branch.conditioning, branch.deep)
