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

    def computing_in(self, numbers: str | None) -> Device:
        """The same processor with another type of number, by its name; its usual one for None."""
        return self if numbers is None else Device(self.name, DTYPES[numbers])

    def free(self) -> None:
        """Give back what no tensor uses any more: between stages, so that the next one finds it."""
        gc.collect()
        give_back(torch.device(self.name))


DTYPES = {"fp32": torch.float32, "bf16": torch.bfloat16, "fp16": torch.float16}
"""The types of number by their names (videoai/engines/numbers.py)."""

NAMES = {dtype: name for name, dtype in DTYPES.items()}

CPU = Device("cpu", torch.float32)


def best_device() -> Device:
    """The fastest processor of this machine, with its usual numbers.

    Half precision halves the memory of an accelerator's work. Which CPUs are faster in it is measured.
    """
    if torch.backends.mps.is_available():
        return Device("mps", torch.float16)
    if torch.cuda.is_available():
        return Device("cuda", torch.float16)
    return CPU
