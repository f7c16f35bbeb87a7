"""Depth Anything V2: a picture to how near each of its pixels is (Yang et al. 2024).

Written after its published architecture, over the weights as the hub has them for transformers.
"""

from __future__ import annotations

from pathlib import Path

import torch

from videoai.engines.depth.backbone import Backbone
from videoai.engines.depth.config import SMALL, DepthConfig
from videoai.engines.depth.dpt import Head, Neck
from videoai.engines.svd.weights import Weights
from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.weights.opening import open_file


class DepthAnything:
    """A normalised picture to its disparity."""

    def __init__(self, weights: Weights, config: DepthConfig = SMALL) -> None:
        """Raises ModelDamaged if the weights are another network's."""
        self.config = config
        self._backbone = Backbone(config, weights.at("backbone"))
        self._neck = Neck(config, weights.at("neck"))
        self._head = Head(config, weights.at("head"))
        weights.finish()

    def __call__(self, pixels: torch.Tensor) -> torch.Tensor:
        """(1, 3, height, width), multiples of `config.patch`, to (height, width), float32.

        The larger, the nearer: disparity up to a scale and an offset that differ from picture to picture, 0 and above.
        """
        height, width = pixels.shape[2:]
        return self._head(self._neck(self._backbone(pixels)), (height, width)).float()


def load(
    path: Path,
    *,
    device: torch.device | str = "cpu",
    dtype: torch.dtype = torch.float32,
    config: DepthConfig = SMALL,
) -> DepthAnything:
    """The network in a file. Raises ModelMissing or ModelDamaged."""
    try:
        return DepthAnything(Weights(open_file(path), device=device, dtype=dtype, storage_dtype=dtype), config)
    except ModelDamaged as error:
        raise ModelDamaged(
            say("The depth network cannot be used. {trouble}", trouble=error.message),
            say("It has to be the weights of Depth Anything V2 Small for transformers, as .safetensors."),
        ) from error
