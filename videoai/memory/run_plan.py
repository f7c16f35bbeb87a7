"""The plan of a run that is about to begin, or to go on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from videoai.engines.base import AvailableWeights, Plan
from videoai.errors import NotEnoughMemory
from videoai.finishing.base import Clip
from videoai.finishing.registry import uses_torch
from videoai.language import say
from videoai.memory.estimate import estimate, planner_for
from videoai.memory.planner import PlannedRun, Planner
from videoai.memory.processor import load_torch
from videoai.memory.speed import learn_run, rates_name
from videoai.settings import GenerationSettings
from videoai.system.machine import Machine


def plan_for(
    settings: GenerationSettings,
    *,
    given: Clip | None = None,
    previous_plan: Plan | None = None,
    out_of_memory: bool = False,
    budget: int | None = None,
    force: bool = False,
    suffix: str = ".mp4",
) -> PlannedRun:
    """How to compute a video with these settings within `budget` bytes (None: what the machine has to give now); its
    file ends in `suffix`.

    A resumed run keeps its `previous_plan` while that fits, so that the video comes out the same. Where it does not, it
    computes in the same numbers all the same, and never gets more exact weights than it began with. If it ran
    `out_of_memory`, it gets a smaller plan. One that was begun on another computer, in numbers that this one cannot
    compute in, gets a new plan. So does what finishes a clip that is `given`: there is only one.
    Raises NotEnoughMemory if nothing fits, unless `force`.
    """
    if uses_torch(settings, given):
        load_torch()  # it computes in this process, which can then be asked what with
    budget = Machine.now().budget if budget is None else budget
    if previous_plan is None or given is not None:
        return _checked(settings, budget, force, given=given, suffix=suffix)
    planner = planner_for(settings, suffix=suffix)
    numbers = planner.numbers(previous_plan)
    previous_plan = previous_plan.with_compute(numbers)
    if settings.compute == "auto" and not planner.processor.numbers.suits(numbers):
        return _checked(settings, budget, force, _no_more_than(previous_plan, planner), suffix=suffix)
    kept = _smaller_than(previous_plan, planner) if out_of_memory else previous_plan
    found = planner.planned(kept, budget)
    if found.fits or out_of_memory or force:
        return found
    return _checked(
        replace(settings, compute=numbers), budget, force, _no_more_than(previous_plan, planner), suffix=suffix
    )


def _no_more_than(plan: Plan, planner: Planner) -> AvailableWeights:
    """The weights without those that are more exact than the plan's."""
    fewer = [bits for bits in planner.weights.bits if bits <= (plan.bits or 16)]
    return replace(planner.weights, bits=fewer)


def _checked(
    settings: GenerationSettings,
    budget: int,
    force: bool,
    weights: AvailableWeights | None = None,
    given: Clip | None = None,
    suffix: str = ".mp4",
) -> PlannedRun:
    found = estimate(settings, budget, weights=weights, given=given, suffix=suffix)
    refusal = found.refusal()
    if refusal is not None and not force:
        raise refusal
    return found.planned


def _smaller_than(plan: Plan, planner: Planner) -> Plan:
    """The next smaller plan; an engine that has only one tries that once more. Raises NotEnoughMemory."""
    found = planner.smaller(plan)
    if found is not None:
        return found
    if len(list(planner.plans())) == 1:
        return plan
    raise NotEnoughMemory(
        say("There was not enough memory, and this video cannot be made with less."),
        say("Close other programs, or choose a smaller preset: “videoai estimate PHOTO” shows what fits."),
    )


def computed_in(settings: GenerationSettings, plan: Plan, given: Clip | None = None) -> GenerationSettings:
    """The settings with the type of number that a run computes in, where it does in any."""
    if plan.compute is not None:
        return replace(settings, compute=plan.compute)
    planner = planner_for(settings, given=given)
    if planner.uses_torch and not planner.source.uses_torch:
        return replace(settings, compute=planner.numbers(plan))
    return settings


def numbers_here(settings: GenerationSettings, given: Clip, asked: str) -> GenerationSettings:
    """The settings of a clip that is `given`, which may have been computed on another machine: in numbers that this
    one cannot finish it in, it goes on in those that were asked for."""
    if asked != "auto" or settings.compute == "auto" or not uses_torch(settings, given):
        return settings
    suits = planner_for(replace(settings, compute="auto"), given=given).processor.numbers.suits(settings.compute)
    return settings if suits else replace(settings, compute=asked)


def learn(settings: GenerationSettings, plan: Plan, seconds: Mapping[str, float], given: Clip | None = None) -> None:
    """Remember how fast this machine was, for the next estimate: of what was done, which with a clip that was `given`
    is only its finishing."""
    planner = planner_for(settings, given=given)
    if not planner.uses_torch:
        return
    works = planner.workloads(plan)
    if planner.speed(plan).believes(works, seconds):
        learn_run(rates_name(planner.processor.device, planner.numbers(plan)), works, seconds)
