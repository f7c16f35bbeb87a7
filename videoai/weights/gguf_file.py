"""Tensors of a GGUF file: what stable-diffusion.cpp and ComfyUI's tools write, plain or quantised.

Read with plain file reads, one tensor at a time, for the reason given in safetensors_file.py. The numbers of a
quantised tensor are what the gguf package makes of them; it is asked only when there are some.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

import torch

from videoai.errors import ModelDamaged, ModelMissing, VideoAiError
from videoai.language import say
from videoai.system.reasons import reason
from videoai.weights.gguf_header import GGUFEntry, read_header
from videoai.weights.reading import read_into
from videoai.weights.tensor_source import PackedTensor, TensorSource

_DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
}  # fmt: skip
_HINT = say("The file is truncated, altered, or from another program: download it again, or use a safetensors file.")


class GgufFile:
    """The table of contents of one file, and reads from it (from any thread). It is a TensorSource.

    A shape is as stored, outermost side first; one that ComfyUI-GGUF flattened is as its header says it was. The
    format has room for four sides only: stable-diffusion.cpp therefore joins the first two of a convolution over
    time. `Reshaped` undoes that, for who knows the shape that a tensor should have.
    """

    def __init__(self, path: Path) -> None:
        """Raises ModelMissing if there is no such file, ModelDamaged if it is not a whole GGUF file."""
        self.path = path
        try:
            self.entries: Mapping[str, GGUFEntry] = read_header(path)
        except FileNotFoundError:
            raise ModelMissing(say("{path} does not exist.", path=path), say("Use the file of a checkpoint.")) from None
        except (OSError, ValueError) as error:
            raise ModelDamaged(say("{path} is damaged: {reason}.", path=path, reason=reason(error)), _HINT) from error

    def names(self) -> Iterable[str]:
        return self.entries

    def shape(self, name: str) -> torch.Size:
        """Raises KeyError."""
        return self.entries[name].shape

    def read(self, name: str) -> torch.Tensor:
        """A fresh CPU tensor in the file's own precision, or in float32 if it is quantised.

        Raises KeyError, ModelDamaged, and VideoAiError if it takes the gguf package and that is not installed.
        """
        entry = self.entries[name]
        if entry.kind.name in _DTYPES:
            out = torch.empty(entry.shape, dtype=_DTYPES[entry.kind.name])
            read_into(self.path, entry.start, out, name, _HINT)
            return out
        raw = torch.empty(entry.size, dtype=torch.uint8)
        read_into(self.path, entry.start, raw, name, _HINT)
        return self._dequantise(name, raw)

    def _dequantise(self, name: str, raw: torch.Tensor) -> torch.Tensor:
        entry = self.entries[name]
        try:
            from gguf.constants import GGMLQuantizationType
            from gguf.quants import dequantize
        except ImportError:
            raise VideoAiError(
                say(
                    "{path} contains weights quantised as {name}, which need the gguf package.",
                    path=self.path,
                    name=entry.kind.name,
                ),
                say("Install it with: pip install gguf. Or use a file in half precision."),
            ) from None
        if not raw.numel():
            return torch.empty(entry.shape)
        rows = raw.view(-1, entry.row // entry.kind.block * entry.kind.size).numpy()
        values = dequantize(rows, GGMLQuantizationType(entry.number))
        return torch.from_numpy(values).reshape(entry.shape)


class Reshaped:
    """A source whose tensors have the shapes that they should have, where only sides were joined or dropped.

    A shape is taken for another if it comes of it by joining neighbouring sides and by leaving out or adding sides
    of one: the numbers are then the same in the same order. Any other shape is given as it is.
    """

    def __init__(self, source: TensorSource, shapes: Mapping[str, torch.Size]) -> None:
        self._source = source
        self._shapes = {
            name: shapes[name]
            for name in source.names()
            if name in shapes and _joined(source.shape(name), shapes[name])
        }

    def names(self) -> Iterable[str]:
        return self._source.names()

    def shape(self, name: str) -> torch.Size:
        """Raises KeyError."""
        return self._shapes[name] if name in self._shapes else self._source.shape(name)

    def read(self, name: str) -> torch.Tensor | PackedTensor:
        """Raises KeyError and ModelDamaged."""
        tensor = self._source.read(name)
        return (
            tensor.reshape(self._shapes[name]) if isinstance(tensor, torch.Tensor) and name in self._shapes else tensor
        )


def _joined(found: torch.Size, wanted: torch.Size) -> bool:
    """Whether `found` is `wanted` with neighbouring sides joined and sides of one apart."""
    return found.numel() == wanted.numel() and _steps(found) <= _steps(wanted)


def _steps(shape: torch.Size) -> set[int]:
    """How many numbers the first side spans, the first two, and so on."""
    return {shape[:count].numel() for count in range(1, len(shape) + 1)} | {1}
