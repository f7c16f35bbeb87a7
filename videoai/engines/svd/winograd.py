"""Convolutions by fewer multiplications: Winograd's minimal filtering, for fp32, which a CPU multiplies slowly.

Four outputs in a row of three taps are a product of polynomials, which six of its values determine: 6 multiplications
in place of 12; and over 4×4 outputs 36 in place of 144. The values are taken at 0, ±2/3, ±3/2 and infinity. At the
usual 0, ±1, ±2 the transformations are a few additions; here they are products with small matrices, whatever their
numbers, and these leave a third of the error: that of the direct convolution.

S. Winograd, Arithmetic Complexity of Computations, 1980. A. Lavin and S. Gray, Fast Algorithms for Convolutional Neural
Networks, 2016. B. Barabasz et al., Error Analysis and Improving the Accuracy of Winograd Convolution for Deep Neural
Networks, 2020.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import NamedTuple

import numpy as np
import torch
from torch import nn

from videoai.engines.svd.chunking import WIDE, outputs_at_a_time, tiles_at_a_time
from videoai.engines.svd.kernels import batched_product


class Winograd:
    """A convolution of 3×3 taps and stride 1 over channels-last tokens, (frames, height, width, in), in fp32."""

    def __init__(self, weight: torch.Tensor) -> None:
        """`weight` is (out, in, 3, 3)."""
        self._weight = weight

    @staticmethod
    def suits(weight: torch.Tensor) -> bool:
        """Whether it is faster with this weight than the direct convolution, of many positions: measured on x86."""
        outputs, inputs, *taps = weight.shape
        computed = torch.backends.mkl.is_available() and weight.device.type == "cpu" and weight.dtype == torch.float32
        return computed and min(outputs, inputs) >= WIDE and taps == [TAPS, TAPS]

    def __call__(
        self, x: torch.Tensor, bias: torch.Tensor | None = None, padding: tuple[int, int] = (0, 0)
    ) -> torch.Tensor:
        """(frames, height', width', out). `padding` is how many rows and columns of zeros to add on each side."""
        height, width = (size + 2 * more - TAPS + 1 for size, more in zip(x.shape[1:3], padding, strict=True))
        out = x.new_zeros(x.shape[0], height, width, len(self._weight))
        self.add_to(out, x, bias, padding)
        return out

    def add_to(
        self, out: torch.Tensor, x: torch.Tensor, bias: torch.Tensor | None = None, padding: tuple[int, int] = (0, 0)
    ) -> None:
        """out += the convolution of x."""
        outputs, inputs, *_ = self._weight.shape
        of_inputs, of_weight, of_products = _transforms()
        points = len(of_inputs)
        step = outputs_at_a_time(points, inputs, outputs)
        parts = [slice(start, start + step) for start in range(0, outputs, step)]
        weight = _at_points(self._weight, of_weight) if len(parts) == 1 else None
        for block in _blocks(out.shape, tiles_at_a_time(points, inputs)):
            values = (of_inputs @ _tiles(x, block, padding)).view(points, -1, inputs)
            room = None
            for part in parts:
                # Of a large weight each part is transformed anew for each block, and one at a time is held.
                room = _at_points(self._weight[part], of_weight, room) if weight is None else weight
                products = batched_product(values, room)
                sums = (of_products @ products.flatten(1)).view(SIDE, SIDE, *block.tiles, -1)
                if bias is not None:
                    sums += bias[part]
                _add(out[block.frames, block.rows, block.columns, part], sums)


TAPS, SIDE = 3, 4
"""Of a filter, and of a tile of outputs."""


def _at_points(weight: torch.Tensor, by: torch.Tensor, room: torch.Tensor | None = None) -> torch.Tensor:
    """(out, in, taps, taps) at the points, (points, out, in), in the `room` of one of the size or more."""
    outputs, inputs, *_ = weight.shape
    taps = weight.permute(2, 3, 0, 1).reshape(by.shape[1], -1)
    found = None if room is None else room.view(-1)[: len(by) * outputs * inputs].view(len(by), -1)
    return torch.mm(by, taps, out=found).view(-1, outputs, inputs)


class _TileBlock(NamedTuple):
    """Some tiles: the frames, and of each the rows and columns of outputs; the last may go beyond the output."""

    frames: slice
    rows: slice
    columns: slice
    tiles: tuple[int, int, int]


def _blocks(shape: Sequence[int], limit: int) -> Iterator[_TileBlock]:
    """All tiles of an output of (frames, height, width, …), about `limit` at a time."""
    frames, height, width, *_ = shape
    high, wide = -(-height // SIDE), -(-width // SIDE)
    columns = min(wide, limit)
    rows = min(high, max(1, limit // columns))
    together = max(1, limit // (rows * columns)) if (rows, columns) == (high, wide) else 1
    for frame in _parts(frames, together):
        for row in _parts(high, rows):
            for column in _parts(wide, columns):
                tiles = tuple(part.stop - part.start for part in (frame, row, column))
                row_outputs, column_outputs = (slice(part.start * SIDE, part.stop * SIDE) for part in (row, column))
                yield _TileBlock(frame, row_outputs, column_outputs, tiles)


def _parts(count: int, most: int) -> Iterator[slice]:
    """`count` in parts of about the same size."""
    size = -(-count // -(-count // most))
    return (slice(start, min(count, start + size)) for start in range(0, count, size))


def _tiles(x: torch.Tensor, block: _TileBlock, padding: tuple[int, int]) -> torch.Tensor:
    """What the block's tiles see of x, with zeros beyond it: (points, tiles × in)."""
    seen, edges = [], [0, 0]  # of the last dimension, the channels, and then of the one before, as `pad` wants them
    for size, outputs, more in reversed(list(zip(x.shape[1:3], (block.rows, block.columns), padding, strict=True))):
        first, end = outputs.start - more, outputs.stop - more + TAPS - 1
        seen.append(slice(max(0, first), min(size, end)))
        edges += [max(0, -first), max(0, end - size)]
    columns, rows = seen
    near = nn.functional.pad(x[block.frames, rows, columns], edges)
    reach = SIDE + TAPS - 1
    return near.unfold(1, reach, SIDE).unfold(2, reach, SIDE).permute(4, 5, 0, 1, 2, 3).reshape(reach**2, -1)


def _add(out: torch.Tensor, sums: torch.Tensor) -> None:
    """out += sums, (SIDE, SIDE, frames, tiles in a column, in a row, out), as far as `out` goes."""
    for row in range(SIDE):
        for column in range(SIDE):
            pixels = out[:, row::SIDE, column::SIDE]
            pixels += sums[row, column, :, : pixels.shape[1], : pixels.shape[2]]


class _Transforms(NamedTuple):
    """Of a tile's inputs and of a weight, to their values at the points; of the values' products, to outputs."""

    inputs: torch.Tensor
    weight: torch.Tensor
    products: torch.Tensor


@cache
def _transforms() -> _Transforms:
    """Those of an area: (points, inputs), (points, taps) and (outputs, points), each of its square.

    For a row, polynomials' values at the points and, at infinity, their last coefficients; and back, by Lagrange's
    interpolation. Transposed, which exchanges the one and the other, that is a convolution as networks know it.
    """
    points = np.array(_POINTS)
    size = len(points) + 1
    weight, products = (np.vander(points, count, increasing=True) for count in (TAPS, SIDE))
    inputs = np.zeros((size, size))
    for row, point in enumerate(points):
        others = np.delete(points, row)
        inputs[row, :-1] = np.poly(others)[::-1] / np.prod(point - others)
    inputs[-1] = np.poly(points)[::-1]
    with_infinity = [
        np.vstack((values, np.eye(1, values.shape[1], values.shape[1] - 1))) for values in (weight, products)
    ]
    of_row = inputs, with_infinity[0], with_infinity[1].T
    return _Transforms(*(torch.from_numpy(np.kron(matrix, matrix)).float() for matrix in of_row))


_POINTS = (0.0, 2 / 3, -2 / 3, 1.5, -1.5)
"""Beside infinity. The usual 0, ±1 and ±2 have three times the error."""
