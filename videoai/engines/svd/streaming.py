"""Weights that stay on disk: a thread reads the next group of the network while this one computes.

Two buffers as large as the largest group are all that is ever resident. After the last group comes the first
again, so that the next pass finds it ready.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import torch

from videoai.engines.svd.kernels import kernel_layout
from videoai.engines.svd.recent import RecentWeights
from videoai.weights.safetensors_file import SafetensorsFile

Layout = TypeVar("Layout")

_ALIGNMENT = 64


class Streamer:
    """The groups of one network, in the order in which a pass enters them."""

    def __init__(
        self,
        file: SafetensorsFile,
        device: torch.device,
        dtype: torch.dtype,
        storage_dtype: torch.dtype | None = None,
        recent: RecentWeights | None = None,
    ) -> None:
        """Weights are rounded to `storage_dtype` before they are used, as resident ones that are kept so."""
        self.file = file
        self.device = device
        self.dtype = dtype
        self.storage_dtype = storage_dtype
        self.recent = recent or RecentWeights(device)
        self._groups: list[WeightGroup] = []
        self._after: dict[int, int] = {}  # where another group follows than the next
        self._buffers: tuple[torch.Tensor, torch.Tensor] | None = None
        self._reader = ThreadPoolExecutor(1, "weights")
        self._ready: tuple[int, Future[None]] | None = None

    def new_group(self) -> WeightGroup:
        group = WeightGroup(self, len(self._groups))
        self._groups.append(group)
        return group

    def follow(self, groups: Sequence[WeightGroup] | None) -> None:
        """The pass that begins enters these groups, in this order, or all if None.

        Every pass begins with the same group, which was read when the last one ended.
        """
        order = [group.index for group in groups or []]
        self._after = dict(zip(order, order[1:] + order[:1], strict=True))

    def enter(self, index: int) -> torch.Tensor:
        """The bytes of group `index`, once read; the reading of the group after it begins. Raises ModelDamaged."""
        if self._buffers is None:
            size = max(group.size for group in self._groups)
            self._buffers = (torch.empty(size, dtype=torch.uint8), torch.empty(size, dtype=torch.uint8))
        if self._ready is None or self._ready[0] != index:
            self._begin(index, 0)
        _, reading = self._ready or (index, None)
        if reading is not None:
            reading.result()
        mine = self._slot
        self._begin(self._after.get(index, (index + 1) % len(self._groups)), 1 - mine)
        return self._buffers[mine]

    def dense(self, weight: torch.Tensor) -> torch.Tensor:
        """What lies in a buffer, as layers use it: on the device, where it stays when the buffer is filled again."""
        if self.storage_dtype is not None:
            weight = weight.to(self.storage_dtype)
        return kernel_layout(weight.to(self.device, self.dtype))

    def _begin(self, index: int, slot: int) -> None:
        """Have the thread fill buffer `slot` with group `index`, after what it may still be reading."""
        if self._buffers is None:
            raise RuntimeError("No part was entered yet.")
        self._slot = slot
        self._ready = (index, self._reader.submit(self._groups[index].read, self._buffers[slot]))


class WeightGroup:
    """The weights of a few layers that are read together."""

    def __init__(self, streamer: Streamer, index: int) -> None:
        self._streamer = streamer
        self.index = index
        self._places: dict[str, int] = {}
        self._bytes: torch.Tensor | None = None
        self.size = 0

    def add(self, name: str) -> Streamed:
        self._places[name] = self.size
        self.size += -(-self._streamer.file.entries[name].size // _ALIGNMENT) * _ALIGNMENT
        return Streamed(self, name)

    def read(self, buffer: torch.Tensor) -> None:
        """Fill `buffer` from the file (in the reading thread)."""
        for name in self._places:
            self._streamer.file.read_into(name, self._view(buffer, name))

    def enter(self) -> None:
        """Make this group's weights available, until the next but one group is entered."""
        self._bytes = self._streamer.enter(self.index)

    def dense(self, name: str) -> torch.Tensor:
        if self._bytes is None:
            raise RuntimeError(f"{name} was asked for outside its part.")
        weight = self._view(self._bytes, name)
        return self._streamer.recent.get(name, lambda: self._streamer.dense(weight))

    def _view(self, buffer: torch.Tensor, name: str) -> torch.Tensor:
        entry = self._streamer.file.entries[name]
        start = self._places[name]
        return buffer[start : start + entry.size].view(entry.dtype).view(entry.shape)


class Streamed:
    """A Weight whose bytes are in the buffer of its group."""

    def __init__(self, group: WeightGroup, name: str) -> None:
        self._group = group
        self._name = name

    def laid_out(self, layout: Callable[[torch.Tensor, bool], Layout], key: str = "") -> Layout:
        return layout(self._group.dense(self._name), False)
