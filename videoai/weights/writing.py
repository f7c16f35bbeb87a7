"""Writing a safetensors file from a TensorSource, tensor by tensor, some packed, going on after an interruption.

The table of contents is known before the first tensor is, so the file is only ever appended to: what a killed
process has left is cut back to its last whole tensor, and the next one goes on from there.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from videoai.errors import ModelDamaged
from videoai.language import say
from videoai.system import private_files
from videoai.system.files import publish, sync, write_errors
from videoai.weights.fingerprint import MADE_OF
from videoai.weights.keeping import FETCH_AGAIN, check_numbers, keep
from videoai.weights.packed_file import FORMAT, PackedFile, is_packed
from videoai.weights.quantise import Quantised, layout
from videoai.weights.safetensors_file import DTYPES, SafetensorsFile
from videoai.weights.tensor_source import TensorSource, unpacked

_NAMES = {dtype: name for name, dtype in DTYPES.items()}

OnStep = Callable[[int], None]
"""Called with how many tensors are done; each is done twice, written and then compared. What it raises stops the
work, which a later call takes up again."""


@dataclass(frozen=True, slots=True)
class ConversionPlan:
    """What becomes of the tensors of a source: `bits` of those that are stored, 8, 4 or 16 (not packed).

    `origin` says which source it is; work that was begun on another is not continued. `exact` is what the source was
    made of in the first place: see fingerprint.py.
    """

    bits: Mapping[str, int]
    origin: str
    exact: str = ""

    def header(self, source: TensorSource) -> bytes:
        """The head of the file. The order of its tensors is the plan's."""
        table: dict[str, Any] = {"__metadata__": self._metadata()}
        end = 0
        for name, bits in self.bits.items():
            for stored, (dtype, shape) in _rows(name, source.shape(name), bits).items():
                start, end = end, end + torch.Size(shape).numel() * dtype.itemsize
                table[stored] = {"dtype": _NAMES[dtype], "shape": list(shape), "data_offsets": [start, end]}
        text = json.dumps(table, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 8)
        return len(text).to_bytes(8, "little") + text

    def size(self, source: TensorSource) -> int:
        """How many bytes the file will have, but for its head."""
        return sum(_size(name, source.shape(name), bits) for name, bits in self.bits.items())

    def is_of(self, file: SafetensorsFile) -> bool:
        """Whether `file` already is what this plan would make of it."""
        stored: TensorSource = PackedFile(file) if is_packed(file) else file
        rows: dict[str, tuple[torch.dtype, tuple[int, ...]]] = {}
        for name, bits in self.bits.items():
            rows |= _rows(name, stored.shape(name), bits)
        return rows == {name: (entry.dtype, tuple(entry.shape)) for name, entry in file.entries.items()}

    def _metadata(self) -> dict[str, str]:
        packed = any(bits < 16 for bits in self.bits.values())
        return {"format": FORMAT if packed else "pt", "origin": self.origin, MADE_OF: self.exact}


def write(source: TensorSource, plan: ConversionPlan, target: Path, on_step: OnStep = lambda done: None) -> None:
    """Write what `plan` says of `source` to `target`, which appears when it is whole, verified and on the disk.

    Peak memory is a few times the largest tensor. Interrupted work stays beside `target` and is continued.
    Raises ModelDamaged if a weight is not finite, and WriteFailed if the disk is full or refuses.
    """
    part = target.with_name(f".{target.name}.unfinished")
    with write_errors(target):
        private_files.make_folder(target.parent)
        continued = _append_all(source, plan, part, on_step)
        try:
            _verify(source, plan, part, on_step)
        except ModelDamaged:
            part.unlink()
            if not continued:
                raise
            # What an earlier process left was not sound, as after a power cut.
            _append_all(source, plan, part, on_step)
            _verify(source, plan, part, on_step)
        publish(part, target)


def _append_all(source: TensorSource, plan: ConversionPlan, part: Path, on_step: OnStep) -> bool:
    """Make `part` whole; return whether some of it was there before."""
    header = plan.header(source)
    sizes = [_size(name, source.shape(name), bits) for name, bits in plan.bits.items()]
    done, length = _sound_length(part, header, sizes)
    with part.open("r+b" if length else "wb") as file:
        file.truncate(length)
        file.seek(length)
        if not length:
            file.write(header)
        for count, (name, bits) in enumerate(plan.bits.items(), start=1):
            if count > done:
                for tensor in _stored(source, name, bits):
                    file.write(_bytes(tensor))
            on_step(count)
    sync(part)
    return length > 0


def _sound_length(part: Path, header: bytes, sizes: list[int]) -> tuple[int, int]:
    """How many tensors an unfinished file holds whole, and where the last of them ends; 0 and 0 if it is no good."""
    if not part.exists() or part.stat().st_size < len(header):
        return 0, 0
    with part.open("rb") as file:
        if file.read(len(header)) != header:
            return 0, 0
    size, length, done = part.stat().st_size, len(header), 0
    while done < len(sizes) and length + sizes[done] <= size:
        length += sizes[done]
        done += 1
    return done, length


def _rows(name: str, shape: torch.Size, bits: int) -> dict[str, tuple[torch.dtype, tuple[int, ...]]]:
    if bits < 16:
        return {f"{name}.{part}": row for part, row in layout(shape, bits).items()}
    return {name: (torch.float16, tuple(shape))}


def _size(name: str, shape: torch.Size, bits: int) -> int:
    return sum(torch.Size(sides).numel() * dtype.itemsize for dtype, sides in _rows(name, shape, bits).values())


def _stored(source: TensorSource, name: str, bits: int) -> Iterable[Tensor]:
    """What is stored for one tensor, in the order of its rows. Raises ModelDamaged if it is not finite."""
    tensor = source.read(name)
    if isinstance(tensor, Tensor):
        check_numbers(name, tensor)
    kept = keep(name, tensor, bits)
    return kept.tensors().values() if isinstance(kept, Quantised) else [kept]


def _dense(source: TensorSource, name: str) -> Tensor:
    """The tensor itself, in whatever type its file has. Raises ModelDamaged unless it fits half precision."""
    tensor = unpacked(source.read(name))
    check_numbers(name, tensor)
    return tensor


def _bytes(tensor: Tensor) -> memoryview:
    return memoryview(tensor.contiguous().reshape(-1).view(torch.uint8).numpy().data)


_LIMITS = {16: 1e-3, 8: 0.02, 4: 0.25}
"""The error of a stored tensor, as a share of its norm, beyond which it was not stored rightly: some times what
docs/quantisation.md has for the least suitable weights. At 16 bits it is the rounding of numbers below 6e-5."""


def _verify(source: TensorSource, plan: ConversionPlan, path: Path, on_step: OnStep) -> None:
    """Read everything back and compare it with the source. Raises ModelDamaged."""
    file = SafetensorsFile(path)
    stored: TensorSource = PackedFile(file) if is_packed(file) else file
    for count, (name, bits) in enumerate(plan.bits.items(), start=1):
        exact = _dense(source, name).float()
        error = unpacked(stored.read(name)).float() - exact
        if not float(error.norm()) <= _LIMITS[bits] * float(exact.norm()) + _TINY * exact.numel() ** 0.5:
            raise ModelDamaged(say("damaged: {name} was not stored the way it was read.", name=name), FETCH_AGAIN)
        on_step(len(plan.bits) + count)


_TINY = 1e-7
