"""One network in several safetensors files as one source of tensors."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import torch

from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.weights.safetensors_file import SafetensorsFile
from videoai.weights.shards import HINT, shards


class ShardedFile:
    """All files of a network as one. It is a TensorSource."""

    def __init__(self, path: Path) -> None:
        """Raises ModelMissing and ModelDamaged."""
        self.path = path
        self._files: dict[str, SafetensorsFile] = {}
        for file in map(SafetensorsFile, shards(path)):
            for name in file.names():
                if name in self._files:
                    raise ModelDamaged(say("{path}: {name} is in two files.", path=path, name=name), HINT)
                self._files[name] = file

    def names(self) -> Iterable[str]:
        return self._files

    def shape(self, name: str) -> torch.Size:
        """Raises KeyError."""
        return self._files[name].shape(name)

    def read(self, name: str) -> torch.Tensor:
        """Raises KeyError and ModelDamaged."""
        return self._files[name].read(name)
