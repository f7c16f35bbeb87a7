"""Whether a model fits this machine."""

from __future__ import annotations

from dataclasses import replace

import psutil

from videoai.engines.base import WeightFiles
from videoai.memory.planner import Planner
from videoai.settings import GenerationSettings
from videoai.system.machine import SHARE


def fits(bits: int) -> bool:
    """Whether a model with weights of `bits` runs here at the safety preset, when little else does."""
    return _safety(bits).best(int(psutil.virtual_memory().total * SHARE)) is not None


def least(bits: int) -> int:
    """The fewest bytes that the safety preset runs in with weights of `bits`."""
    planner = _safety(bits)
    return min(map(planner.peak, planner.engine.plans(planner.settings, planner.weights)))


def _safety(bits: int) -> Planner:
    return Planner(replace(GenerationSettings(), precision=str(bits)), WeightFiles((bits,), plain=bits == 16))
