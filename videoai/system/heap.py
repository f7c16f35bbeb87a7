"""What the C library keeps of freed memory, given back to the system."""

from __future__ import annotations

import ctypes
import sys


def trim() -> None:
    """It takes milliseconds. A thread may have a heap of its own, and blocks stay that lie below one still in use."""
    if sys.platform == "linux":
        malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc has it, musl has not
        if malloc_trim is not None:
            malloc_trim(0)
