"""How much is computed at a time. The numbers change memory and speed, never the result."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """Sizes that bound what a layer holds beside its input and output."""

    tokens: int = 8192
    """Positions (pixels × frames) that a layer works on together. Frames are taken together up to it in spatial
    layers, pixels in temporal ones; a frame larger than it is convolved in bands of rows."""
    rows: int = 2048
    """Tokens that a feed-forward layer expands at a time."""
    scores: int = 2**24
    """Attention scores held at a time."""

    def __post_init__(self) -> None:
        if min(self.tokens, self.rows, self.scores) < 1:
            raise ValueError("Every chunk holds at least one.")

    def frames(self, positions: int) -> int:
        """How many frames of so many positions to take together."""
        return max(1, self.tokens // positions)

    def positions(self, frames: int) -> int:
        """How many positions of so many frames to take together."""
        return max(1, self.tokens // frames)

    def band(self, frames: int, width: int) -> int:
        """How many rows of so many frames to convolve together."""
        return max(1, self.tokens // (frames * width))


def at_a_time(count: int, most: int, device: torch.device) -> int:
    """How many of `count` to take at a time, `most` at most.

    On accelerators always the same number, the largest that divides `count`: MPS keeps what it compiled for every
    shape, and its memory grows with their number (pytorch/pytorch#132596, #152344). A part that overlaps its
    neighbour would be computed twice, and added twice where a layer works in place; the sides of a video are multiples
    of 64, so that a divisor is near. On the CPU, where shapes cost nothing, the last part may be a little smaller.
    """
    if device.type == "cpu":
        return -(-count // -(-count // most))
    return _largest_divisor(count, most)


@lru_cache
def _largest_divisor(count: int, most: int) -> int:
    return next(size for size in range(min(count, most), 0, -1) if count % size == 0)


VAE_CHUNKS = ChunkSizes(tokens=2**14)
"""What suits the autoencoder, whose layers are wider at full resolution."""


def tiles_at_a_time(points: int, inputs: int) -> int:
    """How many tiles of a convolution to hold at so many points (winograd.py): 16 MiB of fp32, or a product's rows."""
    return max(_FEWEST_ROWS, (16 << 20) // (4 * points * inputs))


def outputs_at_a_time(points: int, inputs: int, outputs: int) -> int:
    """Of how many outputs to hold the weights at so many points: 24 MiB of fp32, or a product's columns."""
    most = max(_FEWEST_ROWS, (24 << 20) // (4 * points * inputs))
    return -(-outputs // -(-outputs // most))


_FEWEST_ROWS = 96
"""Of a matrix, for its product to be fast."""
WIDE = 256
"""Channels of inputs and of outputs from which on such a convolution is faster: its products outweigh the rest."""
