"""Which precision of its weights to keep a model in, for those who ask for none."""

from __future__ import annotations

import psutil

_ROOMY = 12 << 30
"""Bytes of memory from which on exact weights leave other programs their room."""


def suitable_bits() -> int:
    """16 where there is room, 8 on a machine of 8 GB."""
    return 16 if psutil.virtual_memory().total >= _ROOMY else 8
