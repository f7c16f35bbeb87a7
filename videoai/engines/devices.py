"""Which processor computes, in which numbers, and how its memory is given back."""

from __future__ import annotations

import gc
from dataclasses import dataclass

import torch

from videoai.engines.allocator import give_back


@dataclass(frozen=True, slots=True)
class Device:
    """A processor, and the type of number that layers compute in on it."""

    name: str
    dtype: torch.dtype

    def free(self) -> None:
        """Give back what no tensor uses any more: between stages, so that the next one finds it."""
        gc.collect()
        give_back(torch.device(self.name))


CPU = Device("cpu", torch.float32)
"""Half precision is no faster on a CPU, and many have no instructions for it."""


def best_device() -> Device:
    """The fastest processor of this machine. Half precision halves the memory of an accelerator's work."""
    if torch.backends.mps.is_available():
        return Device("mps", torch.float16)
    if torch.cuda.is_available():
        return Device("cuda", torch.float16)
    return CPU
