"""What a proof is made with: which networks, and which video."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from videoai.presets import DEFAULT_PRESET
from videoai.resolving import resolve
from videoai.settings import GenerationSettings
from videoai.weights import svd_configs

LANDSCAPE = (3, 2)
"""The sides of a photo: its video is landscape, as those of the guide are."""


def _safety() -> GenerationSettings:
    return replace(resolve({"seed": 1}, LANDSCAPE, preset=DEFAULT_PRESET), precision="auto")


@dataclass(frozen=True, slots=True)
class ProofSize:
    """`networks` are the config.json of each part, whose weights are packed at `bits`; of the video with these
    settings the last `steps` are done. `spare_bytes` are for what the run writes beside the model."""

    networks: Mapping[str, Mapping[str, Any]]
    settings: GenerationSettings = field(default_factory=_safety)
    steps: int = 2
    bits: int = 8
    spare_bytes: int = 1_000_000_000


FULL = ProofSize({"image_encoder": svd_configs.IMAGE_ENCODER, "vae": svd_configs.VAE, "unet": svd_configs.UNET})
"""The real thing: 2.3 GB of weights, and the last two guided steps of the safety preset."""
