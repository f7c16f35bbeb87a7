"""Tensors of a safetensors file, read straight into memory that the caller owns.

Plain reads rather than a memory map: mapped pages count as the process's own until the system takes them
back, so a streamed network would look, and on macOS be charged, as large as the whole file.
Format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from videoai.errors import ModelDamaged, ModelMissing
from videoai.language import say
from videoai.system.reasons import reason
from videoai.weights.reading import read_into

DTYPES = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64,
    "I32": torch.int32, "I16": torch.int16, "I8": torch.int8, "U64": torch.uint64, "U32": torch.uint32,
    "U16": torch.uint16, "U8": torch.uint8, "BOOL": torch.bool, "C64": torch.complex64,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2,
    "F8_E4M3FNUZ": torch.float8_e4m3fnuz, "F8_E5M2FNUZ": torch.float8_e5m2fnuz,
}  # fmt: skip
"""All that the safetensors package writes of torch's: one odd tensor must not make a whole file unreadable."""
_MAX_HEADER = 4_000_000
"""Bytes. The largest header of a real checkpoint is under 1 MB; parsed, one made for it takes 20 times its size."""
_MAX_SIDES = 64
"""Of a tensor, so that multiplying them takes no time; numpy knows no more either."""
_HINT = say("The file is truncated or altered: download it again.")


@dataclass(frozen=True, slots=True)
class SafetensorsEntry:
    """Where one tensor lies: `start` in bytes from the beginning of the file."""

    shape: torch.Size
    dtype: torch.dtype
    start: int
    size: int


class SafetensorsFile:
    """The table of contents of one file, and reads from it (from any thread). It is a TensorSource."""

    def __init__(self, path: Path) -> None:
        """Raises ModelMissing if there is no such file, ModelDamaged if it is not a whole safetensors file."""
        self.path = path
        try:
            header, base = _header(path)
            end = path.stat().st_size - base
            metadata = header.pop("__metadata__", None)
            self.entries = {name: _entry(row, base, end) for name, row in header.items()}
            _check_names(self.entries)
            _check_places(self.entries, base, end)
        except FileNotFoundError:
            raise ModelMissing(
                say("{path} does not exist.", path=path),
                say("Use the folder of a complete checkpoint, or download one."),
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            raise ModelDamaged(say("{path} is damaged: {reason}.", path=path, reason=_reason(error)), _HINT) from error
        self.metadata: Mapping[str, Any] = metadata if isinstance(metadata, dict) else {}

    def names(self) -> Iterable[str]:
        return self.entries

    def shape(self, name: str) -> torch.Size:
        return self.entries[name].shape

    def read_into(self, name: str, out: torch.Tensor) -> None:
        """Fill `out`, contiguous, on the CPU, of the entry's shape and dtype. Raises ModelDamaged."""
        read_into(self.path, self.entries[name].start, out, name, _HINT)

    def read(self, name: str) -> torch.Tensor:
        """A fresh CPU tensor in the file's own dtype. Raises ModelDamaged."""
        entry = self.entries[name]
        out = torch.empty(entry.shape, dtype=entry.dtype)
        self.read_into(name, out)
        return out


def _header(path: Path) -> tuple[dict[str, Any], int]:
    """The table of contents, and where the tensors begin. Raises OSError and ValueError."""
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        size = path.stat().st_size
        if size < 8 or length > size - 8:
            raise ValueError(say("it is truncated, or not a safetensors file"))
        if length > _MAX_HEADER:
            raise ValueError(say("its header claims {length:,} bytes", length=length))
        header = json.loads(file.read(length), object_pairs_hook=_without_repeats)
    if not isinstance(header, dict):
        raise ValueError(say("its header is not a table"))
    return header, 8 + length


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError(say("a name occurs twice in its header"))
    return table


def _entry(row: dict[str, Any], base: int, end: int) -> SafetensorsEntry:
    dtype, sides, (start, stop) = DTYPES[row["dtype"]], row["shape"], row["data_offsets"]
    if not isinstance(sides, list) or len(sides) > _MAX_SIDES:
        raise ValueError(say("a tensor's shape is not a short list"))
    if not all(type(number) is int and 0 <= number < 1 << 48 for number in (*sides, start, stop)):
        raise ValueError(say("its header contains impossible numbers"))
    if math.prod(side or 1 for side in sides) >= 1 << 56:
        raise ValueError(say("a tensor has impossibly large dimensions"))  # for torch, even if it is empty
    size = math.prod(sides) * dtype.itemsize
    if not start <= stop <= end or stop - start != size:
        raise ValueError(
            say(
                "a tensor of shape {sides} is at bytes {start} to {stop} of {end}",
                sides=tuple(sides),
                start=start,
                stop=stop,
                end=end,
            )
        )
    return SafetensorsEntry(torch.Size(sides), dtype, base + start, size)


def _check_names(entries: Mapping[str, SafetensorsEntry]) -> None:
    """JSON can spell half a character, which nothing can print. Raises ValueError."""
    for name in entries:
        name.encode()


def _check_places(entries: Mapping[str, SafetensorsEntry], base: int, end: int) -> None:
    """Every byte belongs to one tensor, as the format demands. Raises ValueError."""
    place = base
    for name, entry in sorted(entries.items(), key=lambda item: (item[1].start, item[1].size)):
        if entry.start != place:
            raise ValueError(say("{name} overlaps another tensor, or leaves a gap before it", name=repr(name[:80])))
        place += entry.size
    if place != base + end:
        raise ValueError(say("it contains bytes that belong to no tensor"))


def _reason(error: Exception) -> str:
    if isinstance(error, KeyError):
        return say("its header has no {name}, or an unknown type of numbers", name=str(error)[:80])
    return reason(error) or say("its header is malformed")
