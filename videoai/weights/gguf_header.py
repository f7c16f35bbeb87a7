"""The table of contents of a GGUF file, read with limits: of what others wrote nothing is taken on trust.

Format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md, little-endian, versions 2 and 3.
"""

from __future__ import annotations

import math
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import torch

from videoai.language import say

MAGIC = b"GGUF"

_MAX_HEADER = 8_000_000
"""Bytes. A whole checkpoint's is about a quarter of a MB; a language model's vocabulary takes a few."""
_MAX_NAME = 4096
_MAX_SIDES = 8
_ALIGNMENT = 32

_STRING, _ARRAY = 8, 9
_FORMATS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "B", 10: "Q", 11: "q", 12: "d"}
"""How a value of each type is unpacked."""

_SHAPES = "comfy.gguf.orig_shape."
"""Before the name of a tensor that ComfyUI-GGUF flattened: the shape that it had."""


@dataclass(frozen=True, slots=True)
class GGUFType:
    """A type of numbers: so many in a block of so many bytes."""

    name: str
    block: int
    size: int


TYPES = {
    number: GGUFType(name, block, size)
    for number, name, block, size in (
        (0, "F32", 1, 4), (1, "F16", 1, 2), (24, "I8", 1, 1), (25, "I16", 1, 2), (26, "I32", 1, 4),
        (27, "I64", 1, 8), (28, "F64", 1, 8), (30, "BF16", 1, 2),
        (2, "Q4_0", 32, 18), (3, "Q4_1", 32, 20), (6, "Q5_0", 32, 22), (7, "Q5_1", 32, 24), (8, "Q8_0", 32, 34),
        (10, "Q2_K", 256, 84), (11, "Q3_K", 256, 110), (12, "Q4_K", 256, 144), (13, "Q5_K", 256, 176),
        (14, "Q6_K", 256, 210), (16, "IQ2_XXS", 256, 66), (17, "IQ2_XS", 256, 74), (18, "IQ3_XXS", 256, 98),
        (19, "IQ1_S", 256, 50), (20, "IQ4_NL", 32, 18), (21, "IQ3_S", 256, 110), (22, "IQ2_S", 256, 82),
        (23, "IQ4_XS", 256, 136), (29, "IQ1_M", 256, 56), (34, "TQ1_0", 256, 54), (35, "TQ2_0", 256, 66),
    )
}  # fmt: skip
"""ggml's types by number, as far as the gguf package unpacks them."""


@dataclass(frozen=True, slots=True)
class GGUFEntry:
    """Where one tensor lies: `start` in bytes from the beginning of the file. `row` is the numbers in a row."""

    shape: torch.Size
    number: int
    row: int
    start: int
    size: int

    @property
    def kind(self) -> GGUFType:
        return TYPES[self.number]


def read_header(path: Path) -> dict[str, GGUFEntry]:
    """The tensors of a file, in its order. Raises OSError, and ValueError saying what is wrong with it."""
    with path.open("rb") as file:
        header = _HeaderReader(file, path.stat().st_size)
        return header.entries()


class _HeaderReader:
    """Reads forward, never past the limit, so that no count or length can cost more than the header is long."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self._size = size
        self._left = min(size, _MAX_HEADER)
        self._at = 0

    def entries(self) -> dict[str, GGUFEntry]:
        if self._take(4) != MAGIC:
            raise ValueError(say("it is not a GGUF file"))
        version = self._number("I")
        if version not in (2, 3):
            old = say("it is of an old version")
            raise ValueError(old if version == 1 else say("it is big-endian, or of an unknown version"))
        tensors, values = self._number("Q"), self._number("Q")
        # The least that one takes: a name's length, the number of sides, a type and an offset; or a length and a type.
        if tensors * 24 + values * 13 > self._left:
            raise ValueError(
                say("it claims {tensors:,} tensors and {values:,} settings", tensors=tensors, values=values)
            )
        alignment, shapes = self._settings(values)
        infos = [self._tensor() for _ in range(tensors)]
        if len(infos) != len({name for name, *_ in infos}):
            raise ValueError(say("a name occurs twice in its header"))
        base = self._at + -self._at % alignment
        table = {
            name: _entry(shapes.get(name), sides, number, base, offset, alignment, self._size)
            for name, sides, number, offset in infos
        }
        _check_places(table)
        return table

    def _settings(self, count: int) -> tuple[int, dict[str, tuple[int, ...]]]:
        """The alignment, and the shapes that flattened tensors had; all else is passed over."""
        alignment, shapes = _ALIGNMENT, {}
        for _ in range(count):
            key, kind = self._string(_MAX_NAME), self._number("I")
            if key == "general.alignment":
                alignment = self._number("I") if kind == 4 else 0
                if not 0 < alignment <= 1 << 20 or alignment & (alignment - 1):
                    raise ValueError(say("its alignment is not a power of two"))
            elif key.startswith(_SHAPES):
                shapes[key.removeprefix(_SHAPES)] = self._shape(kind)
            else:
                self._skip_value(kind)
        return alignment, shapes

    def _shape(self, kind: int) -> tuple[int, ...]:
        if kind != _ARRAY:
            raise ValueError(say("a shape is not made of numbers"))
        inner, count = self._number("I"), self._number("Q")
        if count > _MAX_SIDES or inner not in (2, 3, 4, 5, 10, 11):
            raise ValueError(say("a shape is not made of a few whole numbers"))
        return tuple(self._number(_FORMATS[inner]) for _ in range(count))

    def _skip_value(self, kind: int) -> None:
        if kind == _STRING:
            self._skip(self._number("Q"))
        elif kind == _ARRAY:
            inner, count = self._number("I"), self._number("Q")
            if inner == _STRING:
                if count * 8 > self._left:
                    raise ValueError(say("a list in its header claims {count:,} entries", count=count))
                for _ in range(count):
                    self._skip(self._number("Q"))
            else:
                self._skip(count * _size(inner))
        else:
            self._skip(_size(kind))

    def _tensor(self) -> tuple[str, tuple[int, ...], int, int]:
        name, count = self._string(_MAX_NAME), self._number("I")
        if count > _MAX_SIDES:
            raise ValueError(say("{name} has {count} dimensions", name=repr(name[:80]), count=count))
        # The file's first side is the innermost.
        sides = tuple(self._number("Q") for _ in range(count))[::-1]
        return name, sides, self._number("I"), self._number("Q")

    def _string(self, longest: int) -> str:
        length = self._number("Q")
        if length > longest:
            raise ValueError(say("a name in its header claims {length:,} bytes", length=length))
        return self._take(length).decode("utf-8")

    def _number(self, form: str) -> int:
        value: int = struct.unpack(f"<{form}", self._take(struct.calcsize(form)))[0]
        return value

    def _skip(self, count: int) -> None:
        self._spend(count)
        self._file.seek(count, 1)

    def _take(self, count: int) -> bytes:
        self._spend(count)
        data = self._file.read(count)
        if len(data) != count:
            raise ValueError(say("it is truncated"))
        return data

    def _spend(self, count: int) -> None:
        if count > self._left:
            cut = self._size <= _MAX_HEADER
            raise ValueError(
                say("it is truncated") if cut else say("its header is longer than {most:,} bytes", most=_MAX_HEADER)
            )
        self._left -= count
        self._at += count


def _size(kind: int) -> int:
    if kind not in _FORMATS:
        raise ValueError(say("a setting has the unknown type {kind}", kind=kind))
    return struct.calcsize(_FORMATS[kind])


def _entry(
    shape: tuple[int, ...] | None, sides: tuple[int, ...], number: int, base: int, offset: int, alignment: int, end: int
) -> GGUFEntry:
    if number not in TYPES:
        raise ValueError(say("a tensor's numbers have the unknown type {number}", number=number))
    if any(not 0 <= side < 1 << 48 for side in (*sides, *(shape or ()))):
        raise ValueError(say("its header contains impossible numbers"))
    if any(math.prod(side or 1 for side in each) >= 1 << 56 for each in (sides, shape or ())):
        raise ValueError(say("a tensor has impossibly large dimensions"))  # for torch, even if it is empty
    kind, count, row = TYPES[number], math.prod(sides), sides[-1] if sides else 1
    if row % kind.block:
        raise ValueError(say("a tensor's rows of {row} are not whole blocks of {name}", row=row, name=kind.name))
    size = count // kind.block * kind.size
    if offset % alignment or base + offset + size > end:
        raise ValueError(say("a tensor of shape {sides} is outside the file or misaligned", sides=sides))
    if shape is not None and math.prod(shape) != count:
        raise ValueError(say("a tensor of shape {sides} cannot have had the shape {shape}", sides=sides, shape=shape))
    return GGUFEntry(torch.Size(sides if shape is None else shape), number, row, base + offset, size)


def _check_places(table: dict[str, GGUFEntry]) -> None:
    place = 0
    for name, entry in sorted(table.items(), key=lambda item: (item[1].start, item[1].size)):
        if entry.start < place:
            raise ValueError(say("{name} overlaps another tensor", name=repr(name[:80])))
        place = entry.start + entry.size
