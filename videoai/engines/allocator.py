"""Memory that was freed, given back to the system."""

from __future__ import annotations

import torch

from videoai.system import heap


def give_back(device: torch.device) -> None:
    """Have the allocators release what they keep of freed tensors; between stages, not between layers."""
    if device.type == "mps":
        torch.mps.empty_cache()
    elif device.type == "cuda":
        torch.cuda.empty_cache()
    else:
        trim(device)


def trim(device: torch.device) -> None:
    """The same, on the CPU alone, where it takes milliseconds: for between layers.

    The C library's allocator keeps freed blocks that lie below one still in use. In a pass of 14 frames at 384×640
    that came to 0.4 GiB of 1.8.
    """
    if device.type == "cpu":
        heap.trim()
