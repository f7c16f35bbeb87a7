"""What must be in the environment before torch is imported; a value that the user has exported is left alone."""

from __future__ import annotations

import os

_VALUES = {
    # Without a cap, a run too large for a Mac makes it swap until it freezes; near the recommended working set it
    # gets an error that can be caught. Torch refuses a high mark below 1.4 unless the low one is lowered with it.
    "PYTORCH_MPS_HIGH_WATERMARK_RATIO": "1.0",
    "PYTORCH_MPS_LOW_WATERMARK_RATIO": "0.9",
    # Threads that wait by spinning take the processor from whatever else runs: beside another busy process, a tiny
    # clip took 34 s so and 1.6 s with threads that sleep. On an idle machine spinning gains a pass some 5 %, but which
    # it will be in an hour nobody knows as a run starts, and OpenMP reads these only then (docs/benchmarks.md).
    "OMP_WAIT_POLICY": "PASSIVE",
    "GOMP_SPINCOUNT": "0",
    # Large tensors in large pages, where Linux gives them to those that ask: a pass takes 5 % less time.
    "THP_MEM_ALLOC_ENABLE": "1",
}


def prepare() -> None:
    """Set what is not set yet. Has no effect once torch is loaded."""
    for name, value in _VALUES.items():
        os.environ.setdefault(name, value)
