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


NETWORK_BYTES = 64 << 20
"""Its weights in fp32, in the layouts that its kernels want, and what those keep for themselves."""

EFFICIENCY = {"fp32": 0.54, "bf16": 0.17, "fp16": 0.17}
"""The share of a matrix product's rate that it reaches in each type of number: measured on a CPU with AMX. Moving the
pixels along their flow is done in fp32 and takes its time in any."""

_BYTES_A_PIXEL = 440
"""The most that a frame takes while it is computed, measured: both frames and their flows in fp32, several times."""


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


def working_bytes(height: int, width: int) -> int:
    """What a frame takes while it is computed."""
    return _filled(height) * _filled(width) * _BYTES_A_PIXEL


def _filled(side: int) -> int:
    """A side and what it is filled up by."""
    return side + -side % MULTIPLE
