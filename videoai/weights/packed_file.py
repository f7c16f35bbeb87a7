"""Packed weights in a safetensors file, read one tensor at a time.

A packed weight `x.weight` is stored as `x.weight.codes`, `.scales`, `.blocks` and `.shape`; all else is
stored under its own name. writing.py makes such files.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import Tensor

from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.weights.quantise import Quantised
from videoai.weights.safetensors_file import SafetensorsFile

FORMAT = "videoai-packed-1"
_PARTS = ("codes", "scales", "blocks", "shape")
_MAX_SIDES = 8
_MAX_SIDE = 1 << 24
_CONVERT_AGAIN = say("Convert the model again.")


class PackedFile:
    """The names in a packed file, and reads of one tensor at a time. It is a TensorSource."""

    def __init__(self, file: SafetensorsFile) -> None:
        """Raises ModelDamaged if it is not a whole packed file of this version's."""
        if not is_packed(file):
            raise ModelDamaged(
                say("{path} contains no packed weights that this version can read.", path=file.path), _CONVERT_AGAIN
            )
        self.path = file.path
        self._file = file
        packed = {name.rpartition(".")[0] for name in file.names() if name.endswith(".codes")}
        inner = {f"{name}.{part}" for name in packed for part in _PARTS}
        if missing := inner - file.entries.keys():
            some = ", ".join(sorted(missing)[:3])
            raise ModelDamaged(
                say("{path} contains packed weights without their {parts}.", path=file.path, parts=some), _CONVERT_AGAIN
            )
        self._packed = {name: self._shape(name) for name in sorted(packed)}
        self._plain = {name: file.shape(name) for name in file.names() if name not in inner}

    def _shape(self, name: str) -> torch.Size:
        entry = self._file.entries[f"{name}.shape"]
        sides = []
        if entry.dtype == torch.int64 and len(entry.shape) == 1 and entry.shape[0] <= _MAX_SIDES:
            sides = self._file.read(f"{name}.shape").tolist()
        if not sides or not all(0 < side < _MAX_SIDE for side in sides):
            raise ModelDamaged(
                say("{path} is damaged: {name} has no shape.", path=self.path, name=name), _CONVERT_AGAIN
            )
        return torch.Size(sides)

    def names(self) -> Iterable[str]:
        """The names of the weights, packed or not, as they were before packing."""
        return (*self._packed, *self._plain)

    def shape(self, name: str) -> torch.Size:
        """The weight's own shape. Raises KeyError."""
        return self._packed[name] if name in self._packed else self._plain[name]

    def read(self, name: str) -> Tensor | Quantised:
        """The weight, on the CPU. Raises KeyError, and ModelDamaged if its parts do not fit together."""
        if name in self._packed:
            return Quantised.from_tensors({part: self._file.read(f"{name}.{part}") for part in _PARTS})
        return self._file.read(name)


def is_packed(file: SafetensorsFile) -> bool:
    """Whether it says that it holds packed weights of this version's format."""
    return file.metadata.get("format") == FORMAT
