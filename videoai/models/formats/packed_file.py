"""Packed weights in a safetensors file: made from an ordinary one, and read back.

A packed weight `x.weight` is stored as `x.weight.codes`, `.scales`, `.blocks` and `.shape`; all else is
stored under its own name. Both directions hold one tensor at a time, whatever the file's size.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from videoai.errors import ModelDamaged
from videoai.files import whole_file
from videoai.models.formats.quantise import Quantised, layout, quantise, should_quantise
from videoai.models.formats.safetensors_file import DTYPES, SafetensorsFile

FORMAT = "videoai-packed-1"
_PARTS = ("codes", "scales", "blocks", "shape")
_NAMES = {dtype: name for name, dtype in DTYPES.items()}
_MAX_SIDES = 8
_CONVERT_AGAIN = "Convert the model again."

Progress = Callable[[int, int], None]
"""Called with (tensors done, tensors in all)."""


def quantise_file(
    source: Path,
    target: Path,
    bits: int,
    *,
    should: Callable[[str, tuple[int, ...]], bool] = should_quantise,
    keep: torch.dtype | None = torch.float16,
    progress: Progress | None = None,
) -> None:
    """Write `source`, a safetensors file, to `target` with the weights that `should` names packed.

    The others are stored as `keep`, if floating (None: as they are). Peak memory is a few times the
    largest tensor. `target` appears only when it is whole and on the disk; an error or an interruption
    leaves nothing. Raises ModelMissing, ModelDamaged, and WriteFailed when the disk is full or refuses.
    """
    file = SafetensorsFile(source)
    names = {name: (entry.dtype, tuple(entry.shape)) for name, entry in file.entries.items()}
    rows: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {}
    for name, (dtype, shape) in names.items():
        if dtype.is_floating_point and should(name, shape):
            rows |= {f"{name}.{part}": row for part, row in layout(torch.Size(shape), bits).items()}
        else:
            rows[name] = (_kept(dtype, keep), shape)

    def parts() -> Iterator[Tensor]:
        for done, (name, (dtype, shape)) in enumerate(names.items(), start=1):
            tensor = file.read(name)
            if dtype.is_floating_point and should(name, shape):
                yield from _pack(name, tensor, bits)
            else:
                yield tensor.to(_kept(dtype, keep))
            if progress is not None:
                progress(done, len(names))

    _write(target, rows, parts(), {"format": FORMAT, "bits": str(bits)})


class PackedFile:
    """The names in a packed file, and reads of one tensor at a time. It is a Source."""

    def __init__(self, file: SafetensorsFile) -> None:
        """Raises ModelDamaged if it is not a whole packed file of this version's."""
        if not is_packed(file):
            raise ModelDamaged(f"{file.path} does not hold packed weights that this version reads.", _CONVERT_AGAIN)
        self.path = file.path
        self._file = file
        packed = {name.rpartition(".")[0] for name in file.names() if name.endswith(".codes")}
        inner = {f"{name}.{part}" for name in packed for part in _PARTS}
        if missing := inner - file.entries.keys():
            some = ", ".join(sorted(missing)[:3])
            raise ModelDamaged(f"{file.path} has packed weights without their {some}.", _CONVERT_AGAIN)
        self._packed = {name: self._shape(name) for name in sorted(packed)}
        self._plain = {name: file.shape(name) for name in file.names() if name not in inner}

    def _shape(self, name: str) -> torch.Size:
        if self._file.shape(f"{name}.shape").numel() > _MAX_SIDES:
            raise ModelDamaged(f"{self.path}: {name} has no shape.", _CONVERT_AGAIN)
        return torch.Size(self._file.read(f"{name}.shape").tolist())

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


def _pack(name: str, tensor: Tensor, bits: int) -> Iterable[Tensor]:
    try:
        return quantise(tensor, bits).tensors().values()
    except ModelDamaged as error:
        raise ModelDamaged(f"{name}: {error.message}", error.hint) from error


def _kept(dtype: torch.dtype, keep: torch.dtype | None) -> torch.dtype:
    return keep if keep is not None and dtype.is_floating_point else dtype


def _write(
    target: Path,
    rows: dict[str, tuple[torch.dtype, tuple[int, ...]]],
    tensors: Iterator[Tensor],
    metadata: dict[str, str],
) -> None:
    """A safetensors file, written as `tensors` come: its table of contents is known beforehand.

    https://github.com/huggingface/safetensors#format
    """
    with whole_file(target, replace=True) as part, part.open("wb") as file:
        file.write(_header(rows, metadata))
        for tensor in tensors:
            _append(file, tensor)


def _header(rows: dict[str, tuple[torch.dtype, tuple[int, ...]]], metadata: dict[str, str]) -> bytes:
    header: dict[str, Any] = {"__metadata__": metadata}
    end = 0
    for name, (dtype, shape) in rows.items():
        start, end = end, end + torch.Size(shape).numel() * dtype.itemsize
        header[name] = {"dtype": _NAMES[dtype], "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _append(file: IO[bytes], tensor: Tensor) -> None:
    flat = tensor.contiguous().reshape(-1)
    if flat.numel():
        file.write(flat.view(torch.uint8).numpy().data)
