"""The networks that a run of Stable Video Diffusion passes a photo through, by the names that JSON has for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from videoai.language import say

NETWORKS: Mapping[str, str] = MappingProxyType(
    {
        "clip": say("image encoder (CLIP)"),
        "vae_encoder": say("VAE encoder"),
        "unet": say("UNet"),
        "vae_decoder": say("VAE decoder"),
    }
)
"""Their titles, in the order of a run."""
