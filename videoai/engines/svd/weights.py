"""Where a network's weights come from, and what they are kept as until a layer asks for them.

A network states every name and shape it needs while it is built; `finish` then says everything that is missing,
unexpected or wrongly shaped at once, and only after that reads the large ones. A weight is resident (in the
file's or another precision), packed (quantised), or streamed from disk group by group; layers see none of this:
they call `Weight.laid_out`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol, TypeVar

import torch

from videoai.engines.allocator import give_back, trim
from videoai.engines.svd.kernels import kernel_layout
from videoai.engines.svd.recent import RecentWeights
from videoai.engines.svd.streaming import Streamer, WeightGroup
from videoai.errors import ModelDamaged
from videoai.language import say, several
from videoai.weights.model_files import COMPLETE_FOLDER
from videoai.weights.safetensors_file import SafetensorsFile
from videoai.weights.tensor_source import PackedTensor, TensorSource, unpacked

Use = Literal["exact", "packable", "folded", "unused", "ignored"]
"""What a network does with a tensor: keeps it exact, keeps it as it may be packed, folds it into a constant; or
nothing, whether it belongs to the network or not."""

Pack = Callable[[str, "torch.Tensor | PackedTensor", Use], "torch.Tensor | PackedTensor"]
"""Given a name, a tensor on the CPU and its use: what to keep of it."""


Layout = TypeVar("Layout")


class Weight(Protocol):
    """One large weight of a layer."""

    def laid_out(self, layout: Callable[[torch.Tensor, bool], Layout], key: str = "") -> Layout:
        """What `layout` makes of the weight, in the computing dtype, on the device and in `kernel_layout`.

        A weight that is kept in the computing dtype is laid out once, and is kept so and not otherwise; for a layout
        of another `key` it is given up and read anew. Of any other weight it is made at each call. `layout` is told
        which it is.
        """
        ...


@dataclass(slots=True)
class _Resident:
    shared: _Shared
    name: str
    kept: torch.Tensor | PackedTensor | None = None
    ready: Any = None
    key: str = ""

    def load(self) -> None:
        """Read, pack or convert, and move to the device: one weight at a time, so nothing is held twice."""
        s = self.shared
        tensor = s.read(self.name)
        if isinstance(tensor, torch.Tensor):
            self.kept = kernel_layout(tensor, s.device, s.storage_dtype)
        else:
            self.kept = tensor.to(s.device)

    def laid_out(self, layout: Callable[[torch.Tensor, bool], Layout], key: str = "") -> Layout:
        if self.ready is not None and self.key == key:
            ready: Layout = self.ready
            return ready
        if self.ready is not None:
            self.ready = None  # before the other is made: never both
            self.load()
        if self.kept is None:
            raise RuntimeError(f"{self.name} was asked for before finish().")
        kept, s = self.kept, self.shared
        keep = isinstance(kept, torch.Tensor) and kept.dtype == s.dtype
        made = layout(_dense(kept, s) if keep else s.recent.get(self.name, lambda: _dense(kept, s)), keep)
        if keep:
            self.kept, self.ready, self.key = None, made, key
        return made


@dataclass(slots=True)
class _Folded:
    """Read each time it is asked for: for what is folded into a constant and needed no more."""

    shared: _Shared
    name: str

    def laid_out(self, layout: Callable[[torch.Tensor, bool], Layout], key: str = "") -> Layout:
        tensor = self.shared.read(self.name)
        tensor = tensor if isinstance(tensor, torch.Tensor) else tensor.to(self.shared.device)
        return layout(_dense(tensor, self.shared), False)


def _dense(kept: torch.Tensor | PackedTensor, shared: _Shared) -> torch.Tensor:
    if isinstance(kept, torch.Tensor):
        return kernel_layout(kept, shared.device, shared.dtype)
    return kernel_layout(kept.dequantise(shared.dtype))


@dataclass(slots=True)
class _Shared:
    source: TensorSource
    device: torch.device
    dtype: torch.dtype
    storage_dtype: torch.dtype | None
    pack: Pack | None
    streamer: Streamer | None
    recent: RecentWeights
    names: set[str]
    uses: dict[str, Use] = field(default_factory=dict)
    shapes: dict[str, tuple[int, ...]] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)
    resident: list[_Resident] = field(default_factory=list)

    def read(self, name: str) -> torch.Tensor | PackedTensor:
        """A tensor on the CPU, as it is kept."""
        tensor = self.source.read(name)
        return tensor if self.pack is None else self.pack(name, tensor, self.uses[name])


class Weights:
    """What a network is built from: the names under one prefix of a checkpoint."""

    def __init__(
        self,
        source: TensorSource,
        *,
        device: torch.device | str = "cpu",
        dtype: torch.dtype = torch.float32,
        storage_dtype: torch.dtype | None = None,
        pack: Pack | None = None,
        streamed: bool = False,
    ) -> None:
        """`dtype` is what layers compute in. `storage_dtype` is what large weights are kept in (None: as in the
        source); `pack` decides what is kept of each tensor that is read; `streamed` leaves them on disk, for a
        SafetensorsFile."""
        device = torch.device(device)
        streamer, recent = None, RecentWeights(device)
        if streamed:
            if not isinstance(source, SafetensorsFile):
                raise ValueError("Only weights in a file can be streamed.")
            streamer = Streamer(source, device, dtype, storage_dtype, recent)
        self._shared = _Shared(source, device, dtype, storage_dtype, pack, streamer, recent, set(source.names()))
        self._prefix = ""
        self.group: WeightGroup | None = None

    @property
    def uses(self) -> Mapping[str, Use]:
        """What each tensor that was asked for is used for, by its full name."""
        return self._shared.uses

    @property
    def shapes(self) -> Mapping[str, tuple[int, ...]]:
        """What each of them is to be like, whether it is there or not."""
        return self._shared.shapes

    @property
    def dtype(self) -> torch.dtype:
        return self._shared.dtype

    @property
    def device(self) -> torch.device:
        return self._shared.device

    def at(self, name: str, *, group: bool = False) -> Weights:
        """The names below `name`. With `group`, they stream together, apart from the others."""
        below = self.grouped() if group else copy(self)
        below._prefix = f"{self._prefix}{name}."
        return below

    def grouped(self) -> Weights:
        """The same names; what is asked for here streams together. Groups stream in the order they are made."""
        same, streamer = copy(self), self._shared.streamer
        same.group = None if streamer is None else streamer.new_group()
        return same

    def follow(self, groups: Sequence[Weights] | None) -> None:
        """Say which groups the pass that begins enters, in order; None for all. What it skips is not read."""
        if self._shared.streamer is not None:
            entered = None if groups is None else [each.group for each in groups if each.group is not None]
            self._shared.streamer.follow(entered)

    def enter(self) -> None:
        """Say that the layers of this group are about to run: what those before it freed is given back to the system.

        Only where weights are streamed, which is done for want of memory: a trim costs milliseconds.
        """
        if self.group is not None:
            trim(self.device)
            self.group.enter()

    def tensor(self, name: str, *shape: int, dtype: torch.dtype | None = None) -> torch.Tensor:
        """A bias or an affine parameter, read now, in `dtype` (the computing one if None)."""
        full = self._check(name, shape, "exact")
        if full is None:
            return torch.zeros(shape)
        tensor = self._shared.read(full)
        if not isinstance(tensor, torch.Tensor):
            tensor = tensor.dequantise(dtype or self.dtype)
        return tensor.to(self.device, dtype or self.dtype).contiguous()

    def scalar(self, name: str) -> float:
        """A parameter of one element, as a plain number: no device ever waits for it."""
        full = self._check(name, (1,), "exact")
        return float(unpacked(self._shared.read(full) if full is not None else torch.zeros(1)))

    def weight(self, name: str, *shape: int) -> Weight:
        """A large weight: resident, packed or streamed."""
        full = self._check(name, shape, "packable")
        if self.group is not None and full is not None:
            return self.group.add(full)
        weight = _Resident(self._shared, self._prefix + name)
        if full is not None:
            self._shared.resident.append(weight)
        return weight

    def folded(self, name: str, *shape: int) -> Weight:
        """A large weight that is read when asked for and kept nowhere."""
        self._check(name, shape, "folded")
        return _Folded(self._shared, self._prefix + name)

    def unused(self, name: str, *shape: int) -> None:
        """A tensor that decides nothing: converted files are without it."""
        if self._prefix + name in self._shared.names:
            self._check(name, shape, "unused")

    def ignored(self, name: str) -> None:
        """A tensor, of any shape, that some checkpoints hold and no layer needs."""
        self._shared.uses[self._prefix + name] = "ignored"

    def _check(self, name: str, shape: tuple[int, ...], use: Use) -> str | None:
        """The full name; or None, and a problem more, if it is missing or has another shape."""
        s, full = self._shared, self._prefix + name
        s.uses[full], s.shapes[full] = use, shape
        if full not in s.names:
            s.problems.append(say("{name} is missing", name=full))
            return None
        if s.source.shape(full) != shape:
            found, wanted = ("×".join(map(str, sides)) for sides in (s.source.shape(full), shape))
            s.problems.append(say("{name} is {found}, not {wanted}", name=full, found=found, wanted=wanted))
            return None
        return full

    def finish(self, *, others: tuple[str, ...] = ()) -> None:
        """Check that all was as it should be, then read what stays in memory.

        Names that begin with one of `others` belong to another network of the same file. Raises ModelDamaged
        naming what is missing, unexpected or wrongly shaped.
        """
        s = self._shared
        unexpected = sorted(name for name in s.names - s.uses.keys() if not name.startswith(others))
        problems = s.problems + [say("{name} does not belong there", name=name) for name in unexpected]
        if problems:
            raise ModelDamaged(
                say("The weights don't match this network: {problems}.", problems=several(problems, _SHOWN)),
                COMPLETE_FOLDER,
            )
        for weight in s.resident:
            weight.load()
        give_back(s.device)


_SHOWN = 8
