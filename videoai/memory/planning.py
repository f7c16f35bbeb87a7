"""The plan of a run that is about to begin, or to go on."""

from __future__ import annotations

from dataclasses import replace

from videoai.engines.svd.plan import Plan
from videoai.errors import NotEnoughMemory
from videoai.language import say
from videoai.memory.estimate import estimate, weights_for
from videoai.memory.planner import Planned, Target, Weights, planned, smaller, stage_works
from videoai.memory.rates import learn_run
from videoai.memory.target import load_torch, target_here
from videoai.settings import GenerationSettings
from videoai.system.machine import look


def plan_for(
    settings: GenerationSettings,
    *,
    before: Plan | None = None,
    died: bool = False,
    budget: int | None = None,
    force: bool = False,
) -> Planned:
    """How to compute a video with these settings within `budget` bytes (None: what the machine has to give now).

    A run that goes on had a plan `before`: it keeps that while it fits, so that the video comes out the same, and
    never gets more exact weights than it began with. If it `died` for want of memory, it gets a smaller one.
    Raises NotEnoughMemory if nothing fits, unless `force`.
    """
    if settings.model != "draft":
        load_torch()  # it computes in this process, which can then be asked what with
    budget = look().budget if budget is None else budget
    if settings.model == "draft":
        return _checked(settings, budget, force)
    if before is None:
        return _checked(settings, budget, force)
    weights, target = weights_for(settings.model), target_here()
    kept = _smaller_than(before, settings, weights, target) if died else before
    found = planned(kept, settings, budget, weights=weights, target=target)
    if found.fits or died or force:
        return found
    return _checked(settings, budget, force, replace(weights, bits=[b for b in weights.bits if b <= found.bits]))


def _checked(settings: GenerationSettings, budget: int, force: bool, weights: Weights | None = None) -> Planned:
    found = estimate(settings, budget, weights=weights)
    refusal = found.refusal()
    if refusal is not None and not force:
        raise refusal
    return found.planned


def _smaller_than(plan: Plan, settings: GenerationSettings, weights: Weights, target: Target) -> Plan:
    found = smaller(plan, settings, weights=weights, target=target)
    if found is None:
        raise NotEnoughMemory(
            say("There was not enough memory, and there is no way to compute this video in less."),
            say("Close other programs, or choose a smaller preset: videoai estimate PHOTO says what fits."),
        )
    return found


def learn(settings: GenerationSettings, plan: Plan, seconds: dict[str, float]) -> None:
    """Remember how fast this machine was, for the next estimate."""
    if settings.model != "draft":
        learn_run(target_here().device, stage_works(plan, settings, weights_for(settings.model)), seconds)
