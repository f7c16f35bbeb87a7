"""The sizes of RIFE's network, and what a frame takes: without torch."""

from __future__ import annotations

BLOCKS = ((7, 192), (12, 128), (12, 96), (12, 64))
"""Each block's inputs and channels, the first at an eighth of the size: of both frames the colours, and the time; then
the mask and the flows as well."""
SHRINKS = (8, 4, 2, 1)
INNER = 8
OUTPUTS = 5
MULTIPLE = 64
"""Of what both sides are multiples, that every block at a sixteenth of the size still divides them."""


_MOST_LOOKED_AT = 768 * 512
"""Pixels of the largest frames that are looked at in twice the size as well. In larger ones slow things move further,
and the memory would be that of a model."""

NETWORK_BYTES = 64 << 20
"""Its weights in fp32, in the layouts that its kernels want, and what those keep for themselves."""

EFFICIENCY = {"fp32": 0.54, "bf16": 0.17, "fp16": 0.17}
"""The share of a matrix product's rate that it reaches in each type of number: measured on a CPU with AMX. Moving the
pixels along their flow is done in fp32 and takes its time in any."""

_BYTES_A_PIXEL = 440
_BYTES_A_PIXEL_TWICE = 1150
"""The most that a frame takes while it is computed, measured: both frames and their flows in fp32, several times; and
one that is looked at in twice the size."""


def flop(height: int, width: int) -> float:
    """FLOP of a frame: a multiplication and an addition are two."""
    pixels = _filled(height) * _filled(width)
    total = 0.0
    for (inputs, channels), shrink in zip(BLOCKS, SHRINKS, strict=True):
        # Of each pixel that a block sees, the first convolution makes a quarter, the second and the others a sixteenth.
        first = inputs * channels // 2 * 9 / 4
        second = channels // 2 * channels * 9 / 16
        inner = INNER * channels * channels * 9 / 16
        back = channels * OUTPUTS * 16 / 16
        total += 2 * pixels / shrink**2 * (first + second + inner + back)
    return total


def pair_flop(height: int, width: int) -> float:
    """FLOP of what is found once for all frames between two: how far each pixel moves."""
    return flop(2 * height, 2 * width) if is_looked_at_twice(height, width) else 0.0


def is_looked_at_twice(height: int, width: int) -> bool:
    """Whether the network sees frames of this size in twice their size as well."""
    return height * width <= _MOST_LOOKED_AT


def working_bytes(height: int, width: int) -> int:
    """What a frame takes while it is computed."""
    a_pixel = _BYTES_A_PIXEL_TWICE if is_looked_at_twice(height, width) else _BYTES_A_PIXEL
    return _filled(height) * _filled(width) * a_pixel


def _filled(side: int) -> int:
    """A side and what it is filled up by."""
    return side + -side % MULTIPLE
