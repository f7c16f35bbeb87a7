"""Which networks can stay in memory from one run to the next."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain, combinations

from videoai.engines.kept import KeepableNetwork
from videoai.engines.registry import engine_of
from videoai.memory.planner import PlannedRun, Planner


def kept_networks(planner: Planner, planned: PlannedRun) -> dict[str, int]:
    """Those, with their bytes, that fit beside every stage of the planned run within its budget: of all choices the
    one with the most bytes, which take the longest to load."""
    engine = engine_of(planner.settings.model)
    networks = engine.keepable(planned.plan, planner.settings, planner.weights, planner.processor)
    peaks = planner.peaks(planned.plan)
    choices = chain.from_iterable(combinations(networks, count) for count in range(len(networks) + 1))
    fitting = (choice for choice in choices if _most(choice, peaks) <= planned.budget_bytes)
    best = max(fitting, key=lambda choice: sum(network.bytes for network in choice), default=())
    return {network.name: network.bytes for network in best}


def _most(choice: Sequence[KeepableNetwork], peaks: dict[str, int]) -> int:
    """The peak of a run that keeps these. That of a stage has one of its own networks in it already: of several, which
    are used one after the other, the smallest is counted on."""
    kept = sum(network.bytes for network in choice)
    own = {stage: min((network.bytes for network in choice if network.stage == stage), default=0) for stage in peaks}
    return max(peak + kept - own[stage] for stage, peak in peaks.items())
