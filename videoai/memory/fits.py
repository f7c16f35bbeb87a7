"""Whether a model fits this machine."""

from __future__ import annotations

from dataclasses import replace

import psutil

from videoai.memory.planner import Target, Weights, best, peak, plans
from videoai.settings import GenerationSettings
from videoai.system.machine import SHARE


def fits(bits: int) -> bool:
    """Whether a model with weights of `bits` runs here at the safety preset, when little else does."""
    settings = replace(GenerationSettings(), precision=str(bits))
    budget = int(psutil.virtual_memory().total * SHARE)
    return best(settings, budget, Weights((bits,), plain=bits == 16), Target()) is not None


def least(bits: int) -> int:
    """The fewest bytes that the safety preset runs in with weights of `bits`."""
    settings, weights = replace(GenerationSettings(), precision=str(bits)), Weights((bits,), plain=bits == 16)
    return min(peak(plan, settings, weights, Target()) for plan in plans(settings, weights))
