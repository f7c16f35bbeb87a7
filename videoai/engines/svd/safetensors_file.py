"""Tensors of a safetensors file, read straight into memory that the caller owns.

Plain reads rather than a memory map: mapped pages count as the process's own until the system takes them
back, so a streamed network would look, and on macOS be charged, as large as the whole file.
Format: https://github.com/huggingface/safetensors#format
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from videoai.errors import ModelDamaged, ModelMissing

_DTYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "I64": torch.int64}
_MAX_HEADER = 100_000_000
_HINT = "The file is cut off or altered: fetch it again."


@dataclass(frozen=True, slots=True)
class Entry:
    """Where one tensor lies: `start` in bytes from the beginning of the file."""

    shape: torch.Size
    dtype: torch.dtype
    start: int
    size: int


class SafetensorsFile:
    """The table of contents of one file, and reads from it (from any thread)."""

    def __init__(self, path: Path) -> None:
        """Raises ModelMissing if there is no such file, ModelDamaged if it is not a whole safetensors file."""
        self.path = path
        try:
            with path.open("rb") as file:
                length = int.from_bytes(file.read(8), "little")
                if length > min(_MAX_HEADER, path.stat().st_size - 8):
                    raise ModelDamaged(f"{path} is not a safetensors file, or is cut off.", _HINT)
                header = json.loads(file.read(length))
            end = path.stat().st_size - 8 - length
            self.entries = {name: _entry(row, 8 + length, end) for name, row in header.items() if name != _METADATA}
        except FileNotFoundError:
            raise ModelMissing(
                f"{path} is not there.", "Give the folder of a whole checkpoint, or fetch one."
            ) from None
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise ModelDamaged(f"{path} cannot be read as safetensors: {error}.", _HINT) from error

    def __iter__(self) -> Iterator[str]:
        return iter(self.entries)

    def read_into(self, name: str, out: torch.Tensor) -> None:
        """Fill `out`, contiguous, on the CPU, of the entry's shape and dtype. Raises ModelDamaged."""
        entry = self.entries[name]
        view = memoryview(out.reshape(-1).view(torch.uint8).numpy().data)
        done = 0
        with self.path.open("rb", buffering=0) as file:
            file.seek(entry.start)
            while done < entry.size:
                count = file.readinto(view[done:])
                if not count:
                    raise ModelDamaged(f"{self.path} ends inside {name}.", _HINT)
                done += count

    def read(self, name: str) -> torch.Tensor:
        """A fresh CPU tensor in the file's own dtype. Raises ModelDamaged."""
        entry = self.entries[name]
        out = torch.empty(entry.shape, dtype=entry.dtype)
        self.read_into(name, out)
        return out


_METADATA = "__metadata__"


def _entry(row: dict[str, Any], base: int, end: int) -> Entry:
    shape = torch.Size(row["shape"])
    dtype = _DTYPES[row["dtype"]]
    start, stop = row["data_offsets"]
    size = math.prod(shape) * dtype.itemsize
    if not 0 <= start <= stop <= end or stop - start != size:
        raise ValueError(f"a tensor of shape {tuple(shape)} lies at bytes {start} to {stop} of {end}")
    return Entry(shape, dtype, base + start, size)
