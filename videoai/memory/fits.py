"""Whether a model fits this machine, and which precision suits it."""

from __future__ import annotations

import psutil

_GIB = 1 << 30

PEAKS = {16: 3.7 * _GIB, 8: 2.5 * _GIB, 4: 1.9 * _GIB}
"""The memory that 14 frames of 640×384 need with weights of so many bits: docs/benchmarks.md, and for 16 bits the
weights of a UNet more than streamed ones."""

_SHARE = 2 / 3
"""Of the memory, what a run may have: the rest is the system's and other programs'."""

_ROOMY = 12 * _GIB
"""From here on exact weights leave other programs their room."""


def fits(bits: int) -> bool:
    """Whether a model with weights of `bits` runs here at the safety preset."""
    return PEAKS[bits] <= _SHARE * float(psutil.virtual_memory().total)


def suitable_bits() -> int:
    """The precision for those who ask for none: exact where there is room, 8 bits on a machine of 8 GB."""
    if psutil.virtual_memory().total >= _ROOMY:
        return 16
    return 8 if fits(8) else 4
