"""What a file of weights is to those who read it: names, shapes, and one tensor at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Protocol

import torch


class PackedTensor(Protocol):
    """A quantised weight."""

    @property
    def shape(self) -> torch.Size: ...

    def to(self, device: torch.device) -> PackedTensor:
        """The same on `device`."""
        ...

    def dequantise(self, dtype: torch.dtype) -> torch.Tensor:
        """The weight as a contiguous tensor of `shape`, on the device where it is."""
        ...


def unpacked(tensor: torch.Tensor | PackedTensor) -> torch.Tensor:
    """The numbers of what was read: a packed weight's in fp32, others as they are."""
    return tensor if isinstance(tensor, torch.Tensor) else tensor.dequantise(torch.float32)


class TensorSource(Protocol):
    """Named tensors, in a file or in memory. The names are those that diffusers gives them."""

    def names(self) -> Iterable[str]: ...

    def shape(self, name: str) -> torch.Size:
        """Raises KeyError."""
        ...

    def read(self, name: str) -> torch.Tensor | PackedTensor:
        """The tensor, on the CPU. Raises KeyError and ModelDamaged."""
        ...


class MemorySource:
    """Tensors and packed weights that are in memory already."""

    def __init__(self, tensors: Mapping[str, torch.Tensor | PackedTensor]) -> None:
        self._tensors = tensors

    def names(self) -> Iterable[str]:
        return self._tensors

    def shape(self, name: str) -> torch.Size:
        return self._tensors[name].shape

    def read(self, name: str) -> torch.Tensor | PackedTensor:
        return self._tensors[name]
