"""The plan of a run that is about to begin, or to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from videoai.engines.base import AvailableWeights, Plan
from videoai.engines.registry import engine_of
from videoai.errors import NotEnoughMemory
from videoai.language import say
from videoai.memory.estimate import estimate, planner_for
from videoai.memory.planner import PlannedRun, Planner
from videoai.memory.processor import load_torch
from videoai.memory.speed import learn_run
from videoai.settings import GenerationSettings
from videoai.system.machine import Machine


def plan_for(
    settings: GenerationSettings,
    *,
    previous_plan: Plan | None = None,
    out_of_memory: bool = False,
    budget: int | None = None,
    force: bool = False,
) -> PlannedRun:
    """How to compute a video with these settings within `budget` bytes (None: what the machine has to give now).

    A resumed run keeps its `previous_plan` while that fits, so that the video comes out the same, and never gets more
    exact weights than it began with. If it ran `out_of_memory`, it gets a smaller plan.
    Raises NotEnoughMemory if nothing fits, unless `force`.
    """
    if engine_of(settings.model).uses_torch:
        load_torch()  # it computes in this process, which can then be asked what with
    budget = Machine.now().budget if budget is None else budget
    if previous_plan is None:
        return _checked(settings, budget, force)
    planner = planner_for(settings)
    kept = _smaller_than(previous_plan, planner) if out_of_memory else previous_plan
    found = planner.planned(kept, budget)
    if found.fits or out_of_memory or force:
        return found
    fewer = [bits for bits in planner.weights.bits if bits <= (found.bits or 16)]
    return _checked(settings, budget, force, replace(planner.weights, bits=fewer))


def _checked(
    settings: GenerationSettings, budget: int, force: bool, weights: AvailableWeights | None = None
) -> PlannedRun:
    found = estimate(settings, budget, weights=weights)
    refusal = found.refusal()
    if refusal is not None and not force:
        raise refusal
    return found.planned


def _smaller_than(plan: Plan, planner: Planner) -> Plan:
    """The next smaller plan; an engine that has only one tries that once more. Raises NotEnoughMemory."""
    found = planner.smaller(plan)
    if found is not None:
        return found
    if len(list(planner.engine.plans(planner.settings, planner.weights))) == 1:
        return plan
    raise NotEnoughMemory(
        say("There was not enough memory, and this video cannot be made with less."),
        say("Close other programs, or choose a smaller preset: “videoai estimate PHOTO” shows what fits."),
    )


def learn(settings: GenerationSettings, plan: Plan, seconds: Mapping[str, float]) -> None:
    """Remember how fast this machine was, for the next estimate."""
    planner = planner_for(settings)
    if planner.engine.uses_torch:
        learn_run(planner.processor.device, planner.workloads(plan), seconds)
