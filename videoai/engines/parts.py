"""The runs of an engine that a clip is made of: one, or several if it is to go on from its last frame."""

from __future__ import annotations

from dataclasses import replace

from videoai.engines.registry import engine_of
from videoai.settings import GenerationSettings


def parts_of(settings: GenerationSettings) -> list[GenerationSettings]:
    """What each run has: the same settings, each with the next seed."""
    count = 1 + (settings.extend or 0)
    if count == 1 or engine_of(settings.model).goes_on:
        return [settings]
    return [replace(settings, seed=settings.next_seed(number), extend=None) for number in range(count)]
