"""Whether a model fits this machine, and which precision suits it."""

from __future__ import annotations

from dataclasses import replace

import psutil

from videoai.memory.machine import GIB, SHARE
from videoai.memory.planner import Target, Weights, best, peak, plans
from videoai.settings import GenerationSettings

_ROOMY = 12 * GIB
"""From here on exact weights leave other programs their room."""


def fits(bits: int) -> bool:
    """Whether a model with weights of `bits` runs here at the safety preset, when little else does."""
    settings = replace(GenerationSettings(), precision=str(bits))
    budget = int(psutil.virtual_memory().total * SHARE)
    return best(settings, budget, Weights((bits,), plain=bits == 16), Target()) is not None


def least(bits: int) -> int:
    """The fewest bytes that the safety preset runs in with weights of `bits`."""
    settings, weights = replace(GenerationSettings(), precision=str(bits)), Weights((bits,), plain=bits == 16)
    return min(peak(plan, settings, weights, Target()) for plan in plans(settings, weights))


def suitable_bits() -> int:
    """The precision to keep a model in, for those who ask for none: small on a machine of 8 GB."""
    return 16 if psutil.virtual_memory().total >= _ROOMY else 8
