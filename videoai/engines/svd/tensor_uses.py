"""What each tensor of a checkpoint is used for, found by building the networks without their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any

import torch

from videoai.engines.svd.clip import CLIPVision
from videoai.engines.svd.unet import UNet
from videoai.engines.svd.vae import VAEDecoder, VAEEncoder
from videoai.engines.svd.weights import Use, Weights
from videoai.errors import ModelDamaged
from videoai.weights.config import CLIPVisionConfig, Config, UNetConfig
from videoai.weights.tensor_source import MemorySource, TensorSource


def tensor_uses(config: Config, source: TensorSource) -> Mapping[str, Use]:
    """The use of every tensor in `source`, which holds the network that `config` describes.

    Reads no tensor. Raises ModelDamaged naming what is missing, unexpected or wrongly shaped.
    """
    built = [Weights(_Shapes(source), device="meta") for _ in _networks(config)]
    for network, weights in zip(_networks(config), built, strict=True):
        network(config, weights)
    return {name: use for weights in built for name, use in weights.uses.items()}


def wanted_shapes(config: Config) -> Mapping[str, tuple[int, ...]]:
    """The shape of every tensor without which the network that `config` describes cannot be."""
    found: dict[str, tuple[int, ...]] = {}
    for network in _networks(config):
        weights = Weights(MemorySource({}), device="meta")
        with suppress(ModelDamaged):  # all of them are missing
            network(config, weights)
        found |= weights.shapes
    return found


def _networks(config: Config) -> tuple[Callable[[Any, Weights], object], ...]:
    """Those that are made of one file of weights."""
    if isinstance(config, UNetConfig):
        return (UNet,)
    return (CLIPVision,) if isinstance(config, CLIPVisionConfig) else (VAEEncoder, VAEDecoder)


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
