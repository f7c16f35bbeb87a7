"""How the videos of a batch ended, and what one that failed says of those that still wait."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

from videoai.errors import EXIT_INTERRUPTED, VideoAiError
from videoai.finishing.base import Clip
from videoai.memory.estimate import planner_for
from videoai.settings import GenerationSettings

DONE, FAILED, SKIPPED, CANCELLED, STOPPED = "done", "failed", "skipped", "cancelled", "stopped"

_EVERYTHING = {"write_failed", "disk-full", "history_damaged", "history_too_new", "history_gone"}
_MODEL = {"model_missing", "access_needed", "offline", "download_failed", "hub_unreachable", "model_damaged"}
_MEMORY = {"not_enough_memory", "out-of-memory", "memory-kill"}
"""Codes of errors, and of deaths of a process, by what they are the fault of."""


class Outcome(NamedTuple):
    """How one of them ended; the error says why it failed, or was skipped, if not for what is `there` already."""

    state: str
    error: VideoAiError | None = None
    there: Path | None = None


class Asked(NamedTuple):
    """What a failure may have come of: a video's settings, the most memory that it was allowed, the clip if one is
    given to be finished."""

    settings: GenerationSettings
    memory_limit: int | None = None
    given: Clip | None = None


def befalls(code: str, failed: Asked, other: Asked) -> bool:
    """Whether the error that one video failed of would befall another one too.

    A full disk and a lost history befall all; a missing model those of the same model; want of memory those that
    need as much and may have no more. All else is the fault of the one video: its photo, its place, its numbers.
    """
    if code in _EVERYTHING:
        return True
    if code in _MODEL:
        return failed.settings.model == other.settings.model
    if code in _MEMORY:
        allowed = [math.inf if asked.memory_limit is None else asked.memory_limit for asked in (failed, other)]
        needed = [_least_bytes(replace(asked.settings, seed=0), asked.given) for asked in (failed, other)]
        return allowed[1] <= allowed[0] and needed[1] >= needed[0]
    return False


@cache
def _least_bytes(settings: GenerationSettings, given: Clip | None) -> int:
    """What a video needs in the way that needs least; nothing, if that cannot be told."""
    try:
        planner = planner_for(settings, given=given)
        return min(map(planner.peak, planner.plans()))
    except VideoAiError:
        return 0


def exit_code(ends: Iterable[Outcome]) -> int:
    """0 if all are done, or there already; else that of their errors if all have the same one, and 1 if not."""
    left = [end for end in ends if end.state != DONE and end.there is None]
    codes = {end.error.exit_code if end.error else EXIT_INTERRUPTED for end in left}
    return codes.pop() if len(codes) == 1 else int(bool(codes))
