"""What each tensor of a checkpoint is used for, found by building the networks without their numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import torch

from videoai.engines.svd.clip import CLIPVision
from videoai.engines.svd.unet import UNet
from videoai.engines.svd.vae import VAEDecoder, VAEEncoder
from videoai.engines.svd.weights import Use, Weights
from videoai.weights.config import CLIPVisionConfig, Config, UNetConfig
from videoai.weights.tensor_source import TensorSource


def tensor_uses(config: Config, source: TensorSource) -> Mapping[str, Use]:
    """The use of every tensor in `source`, which holds the network that `config` describes.

    Reads no tensor. Raises ModelDamaged naming what is missing, unexpected or wrongly shaped.
    """
    weights = [Weights(_Shapes(source), device="meta")]
    if isinstance(config, UNetConfig):
        UNet(config, weights[0])
    elif isinstance(config, CLIPVisionConfig):
        CLIPVision(config, weights[0])
    else:
        weights.append(Weights(_Shapes(source), device="meta"))
        VAEEncoder(config, weights[0])
        VAEDecoder(config, weights[1])
    return {name: use for network in weights for name, use in network.uses.items()}


class _Shapes:
    """A source of tensors that have shapes and no numbers."""

    def __init__(self, source: TensorSource) -> None:
        self._source = source

    def names(self) -> Iterable[str]:
        return self._source.names()

    def shape(self, name: str) -> torch.Size:
        return self._source.shape(name)

    def read(self, name: str) -> torch.Tensor:
        shape = self.shape(name)
        # A network takes single numbers out of their tensors, which meta tensors do not allow.
        return torch.zeros(shape) if shape.numel() == 1 else torch.empty(shape, device="meta")
