"""What the tiny decoder computes and holds: a sum over its layers, as it allocates them (tiny_decoder.py)."""

from __future__ import annotations

from videoai.engines.svd.cost.layers import LATENT, TINY_BLOCKS, TINY_CHANNELS, TINY_ENDS

TINY_EFFICIENCY = 0.95
"""The share of a matrix product's rate that it reaches, being convolutions alone (bench.tiny)."""

_CONVOLUTION = 9 * TINY_CHANNELS**2
_OF_A_BLOCK, _OF_ITS_MEMORY = 3, 1
"""Convolutions of as many channels as they give that a block has over a frame, and over the frame before."""

TINY_NUMBERS = (
    9 * TINY_CHANNELS * sum(TINY_ENDS)
    + sum(TINY_BLOCKS) * (_OF_A_BLOCK + _OF_ITS_MEMORY) * _CONVOLUTION
    + (len(TINY_BLOCKS) - 1) * _CONVOLUTION
)
"""Those of all its convolutions."""


def tiny_flop(frames: int, height: int, width: int, *, alone: bool = False) -> float:
    """FLOP of decoding frames: in a row, or each `alone`, without a memory."""
    positions = _positions(height, width)
    of_a_block = _OF_A_BLOCK + (0 if alone else _OF_ITS_MEMORY)
    ends = 9 * TINY_CHANNELS * (TINY_ENDS[0] * positions[0] + TINY_ENDS[1] * positions[-1])
    blocks = _inputs(positions) * of_a_block * _CONVOLUTION
    return 2.0 * frames * (ends + blocks + sum(positions[1:]) * _CONVOLUTION)


def tiny_peak(height: int, width: int, dtype_bytes: int, *, alone: bool = False) -> int:
    """The most bytes that a frame takes: what a block works on and, unless it is `alone`, what all of them remember."""
    positions = _positions(height, width)
    memory = 0 if alone else _inputs(positions)
    # A block's input, a convolution's input and its output.
    return TINY_CHANNELS * dtype_bytes * (3 * positions[-1] + memory)


def _inputs(positions: list[int]) -> int:
    """The pixels of what all blocks are given for a frame."""
    return sum(count * at for count, at in zip(TINY_BLOCKS, positions, strict=True))


def _positions(height: int, width: int) -> list[int]:
    """The pixels of each resolution, from the latents' on."""
    return [(height // LATENT << level) * (width // LATENT << level) for level in range(len(TINY_BLOCKS))]
