"""Memory that was freed, given back to the system."""

from __future__ import annotations

import ctypes
import sys

import torch


def give_back(device: torch.device) -> None:
    """Have the allocators release what they keep of freed tensors; between stages, not between layers.

    The C library's allocator keeps freed blocks that lie below one still in use: 0.3 GiB after the first half of a
    decode of 14 frames at 384×640.
    """
    if device.type == "mps":
        torch.mps.empty_cache()
    elif device.type == "cuda":
        torch.cuda.empty_cache()
    elif sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # glibc's; musl has none
        if trim is not None:
            trim(0)
