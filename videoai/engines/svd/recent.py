"""Weights made dense for an accelerator, kept for a while: a layer that works in parts asks for each several times."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # the memory of a run is estimated without it
    import torch

RECENT_BYTES = 32 << 20
"""As much as is kept: the transformer block with the most parts has 13 MB of weights, its residual block 30."""


class RecentWeights:
    """The weights used last, by name. On the CPU none are kept: memory is dearer there than a launch."""

    def __init__(self, device: torch.device) -> None:
        self._room = 0 if device.type == "cpu" else RECENT_BYTES
        self._kept: OrderedDict[str, torch.Tensor] = OrderedDict()

    def get(self, name: str, make: Callable[[], torch.Tensor]) -> torch.Tensor:
        """The weight called `name`, which `make` makes if it is not there any more."""
        if name in self._kept:
            self._kept.move_to_end(name)
            return self._kept[name]
        made = make()
        if made.nbytes <= self._room:
            self._kept[name] = made
            self._drop()
        return made

    def _drop(self) -> None:
        """Give up the oldest until the others have room."""
        while sum(weight.nbytes for weight in self._kept.values()) > self._room:
            self._kept.popitem(last=False)
