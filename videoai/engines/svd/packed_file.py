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
from safetensors import SafetensorError, safe_open
from torch import Tensor

from videoai.engines.svd.quantise import Quantised, layout, quantise, should_quantise
from videoai.errors import ModelDamaged, ModelMissing
from videoai.files import whole_file

_FORMAT = "videoai-packed-1"
_DTYPES = {
    torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.int64: "I64", torch.int32: "I32",
    torch.int8: "I8", torch.uint8: "U8", torch.bool: "BOOL",
}  # fmt: skip
_SAFE_TO_TORCH = {name: dtype for dtype, name in _DTYPES.items()}
_PARTS = ("codes", "scales", "blocks", "shape")
_FETCH_AGAIN = "Fetch the model again."

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
    names = _names(source)
    rows: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {}
    for name, (dtype, shape) in names.items():
        if dtype.is_floating_point and should(name, shape):
            rows |= {f"{name}.{part}": row for part, row in layout(torch.Size(shape), bits).items()}
        else:
            rows[name] = (_kept(dtype, keep), shape)

    def parts() -> Iterator[Tensor]:
        for done, (name, (dtype, shape)) in enumerate(names.items(), start=1):
            tensor = _read(source, name)
            if dtype.is_floating_point and should(name, shape):
                yield from _pack(name, tensor, bits)
            else:
                yield tensor.to(_kept(dtype, keep))
            if progress is not None:
                progress(done, len(names))

    _write(target, rows, parts(), {"format": _FORMAT, "bits": str(bits)})


class PackedFile:
    """The names in a packed file, and reads of one tensor at a time."""

    def __init__(self, path: Path) -> None:
        """Raises ModelMissing, and ModelDamaged if it is not a whole packed file."""
        self.path = path
        stored = _names(path, _FORMAT)
        packed = {name.rpartition(".")[0] for name in stored if name.endswith(".codes")}
        inner = {f"{name}.{part}" for name in packed for part in _PARTS}
        if missing := inner - stored.keys():
            raise ModelDamaged(f"{path} has packed weights without their {', '.join(sorted(missing))}.", _FETCH_AGAIN)
        self._packed = {name: torch.Size(_read(path, f"{name}.shape").tolist()) for name in sorted(packed)}
        self._plain = {name: torch.Size(shape) for name, (_, shape) in stored.items() if name not in inner}

    def names(self) -> Iterable[str]:
        """The names of the weights, packed or not, as they were before packing."""
        return (*self._packed, *self._plain)

    def shape(self, name: str) -> torch.Size:
        """The weight's own shape. Raises KeyError."""
        return self._packed[name] if name in self._packed else self._plain[name]

    def read(self, name: str) -> Tensor | Quantised:
        """The weight, on the CPU. Raises KeyError, and ModelDamaged if its parts do not fit together."""
        if name in self._packed:
            return Quantised.from_tensors({part: _read(self.path, f"{name}.{part}") for part in _PARTS})
        if name not in self._plain:
            raise KeyError(name)
        return _read(self.path, name)


def _pack(name: str, tensor: Tensor, bits: int) -> Iterable[Tensor]:
    try:
        return quantise(tensor, bits).tensors().values()
    except ModelDamaged as error:
        raise ModelDamaged(f"{name}: {error.message}", error.hint) from error


def _kept(dtype: torch.dtype, keep: torch.dtype | None) -> torch.dtype:
    return keep if keep is not None and dtype.is_floating_point else dtype


def _names(path: Path, required_format: str | None = None) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
    """Type and shape of every tensor in the file."""
    with _opened(path) as file:
        if required_format is not None and (file.metadata() or {}).get("format") != required_format:
            raise ModelDamaged(f"{path} does not hold packed weights that this version reads.", _FETCH_AGAIN)
        slices = {name: file.get_slice(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
        unknown = {row.get_dtype() for row in slices.values()} - _SAFE_TO_TORCH.keys()
        if unknown:
            raise ModelDamaged(f"{path} has numbers of an unknown type, {', '.join(sorted(unknown))}.", _FETCH_AGAIN)
        return {name: (_SAFE_TO_TORCH[row.get_dtype()], tuple(row.get_shape())) for name, row in slices.items()}


def _read(path: Path, name: str) -> Tensor:
    """One tensor. The file is opened for it alone: while it is, its pages count as this process's memory."""
    with _opened(path) as file:
        tensor: Tensor = file.get_tensor(name)
        return tensor.clone()


def _opened(path: Path) -> Any:
    try:
        return safe_open(path, framework="pt")
    except FileNotFoundError as error:
        raise ModelMissing(f"{path} is not there.", "Fetch the model first.") from error
    except (OSError, SafetensorError) as error:
        raise ModelDamaged(f"{path} is not a whole safetensors file: {error}.", _FETCH_AGAIN) from error


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
        header[name] = {"dtype": _DTYPES[dtype], "shape": list(shape), "data_offsets": [start, end]}
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return len(text).to_bytes(8, "little") + text


def _append(file: IO[bytes], tensor: Tensor) -> None:
    flat = tensor.contiguous().reshape(-1)
    if flat.numel():
        file.write(flat.view(torch.uint8).numpy().data)
