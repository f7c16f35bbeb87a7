"""The random numbers of a video: each purpose and each step has a stream of its own.

A stream is numpy's Philox generator with the key (seed, stream), the two 64-bit words of Philox's key:
no two pairs can share a sequence, and nothing need be hashed together. (torch's CPU generator would keep
only the low 32 bits of its seed.) A run that is resumed at step k draws the same noise as one that never
stopped, with no generator state to save; and the numbers are the CPU's on every device.

Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (SC 2011).
"""

from __future__ import annotations

import math

import numpy as np
import torch
from torch import Tensor

INITIAL_LATENTS = 0
PHOTO = 1
_FIRST_STEP = 2


def gaussian(seed: int, stream: int, shape: tuple[int, ...]) -> Tensor:
    """Standard normal numbers of that stream, float32 on the CPU."""
    generator = np.random.Generator(np.random.Philox(key=np.array([seed, stream], dtype=np.uint64)))
    return torch.from_numpy(generator.standard_normal(shape, dtype=np.float32))


def step_noise(seed: int, step: int, shape: tuple[int, ...]) -> Tensor:
    """The fresh noise of sampling step `step` (from 0)."""
    return gaussian(seed, _FIRST_STEP + step, shape)


def initial_latents(seed: int, shape: tuple[int, ...], sigma: float) -> Tensor:
    """The latents that sampling starts from, at noise level `sigma`: √(σ² + 1) · noise, (T, 4, h, w).

    The variance of data and noise together, as SVD's scheduler scales it.
    """
    return gaussian(seed, INITIAL_LATENTS, shape) * math.sqrt(sigma * sigma + 1)
