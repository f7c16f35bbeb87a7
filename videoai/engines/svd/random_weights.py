"""Weights that nobody has trained, for tests of what a machine computes: as large as real ones, and as well scaled.

They are drawn one at a time, each from its name, so that no more than one is ever there, and any of them can be had
again.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Iterable, Mapping

import torch
from torch import Tensor


class RandomWeights:
    """A TensorSource of tensors with these names and shapes, float32."""

    def __init__(self, shapes: Mapping[str, tuple[int, ...]]) -> None:
        self._shapes = shapes

    def names(self) -> Iterable[str]:
        return self._shapes

    def shape(self, name: str) -> torch.Size:
        return torch.Size(self._shapes[name])

    def read(self, name: str) -> Tensor:
        """The same each time."""
        return random_weight(name, self.shape(name), torch.Generator().manual_seed(zlib.crc32(name.encode())))


def random_weight(name: str, shape: torch.Size, generator: torch.Generator) -> Tensor:
    """One that keeps activations near one; norms away from the identity, mixing factors away from a half.

    The scale is that of what goes into one number of the output, as networks are initialised (fan-in).
    """
    values = torch.randn(shape, generator=generator)
    if "mix_factor" in name:
        return values.mul_(1.5)
    if len(shape) > 1:
        return values.mul_(0.8 / math.sqrt(math.prod(shape[1:])))
    return values.mul_(0.3).add_(1) if "norm" in name and name.endswith("weight") else values.mul_(0.2)
