"""The settings nearest to those asked for that fit, for when nothing does, and how to tell of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from videoai.catalogue import MODELS
from videoai.engines.base import BITS
from videoai.errors import NotEnoughMemory
from videoai.finishing.registry import stage_title
from videoai.language import say
from videoai.limits import broken_limits
from videoai.memory.planner import PlannedRun, Planner
from videoai.presets import PRESETS
from videoai.settings import PARAMETERS, GenerationSettings
from videoai.system.units import size

Changes = dict[str, Any]
"""Settings by name, with other values."""

_SUGGESTIONS = 3


def suggest(planner: Planner, budget: int) -> list[Changes]:
    """The changes with which the run would fit, each as little as will do, the mildest first; none if it fits.

    Less exact weights, where the user has fixed their precision, then fewer frames, then a preset's smaller size, then
    both; and if even that does not do, all of it together. A clip that is given stays as it is.
    """
    if planner.given is not None:
        return []
    settings, bits = planner.settings, _fewer_bits(planner)

    def fits(changes: Changes) -> bool:
        changed = replace(settings, **changes)
        allowed = not any(broken_limits(changed.to_dict()))
        return allowed and replace(planner, settings=changed).best(budget) is not None

    if fits({}):
        return []
    precisions = [{"precision": str(each)} for each in bits]
    frames = [{"frames": count} for count in range(settings.frames - 1, _fewest_frames() - 1, -1)]
    sizes = _smaller_sizes(settings)
    found = [*_first(precisions, fits), *_first(frames, fits), *_first(sizes, fits)]
    if len(found) < _SUGGESTIONS:
        found += _first(({**size, **count} for size in sizes for count in frames), fits)
    if not found:
        # From the mildest on: the shape as it is, then smaller ones.
        smaller = ({**size, **count} for size in [{}, *sizes] for count in [{}, *frames])
        found = _first(({**change, **bits} for change in smaller for bits in precisions), fits)
    return found[:_SUGGESTIONS]


def _first(candidates: Iterable[Changes], fits: Callable[[Changes], bool]) -> list[Changes]:
    return next(([candidate] for candidate in candidates if fits(candidate)), [])


def _fewer_bits(planner: Planner) -> list[int]:
    fixed = planner.settings.precision
    if "precision" not in planner.source.parameters or fixed == "auto":
        return []
    return [bits for bits in BITS if bits < int(fixed)]


def _fewest_frames() -> int:
    return int(PARAMETERS["frames"].kind.nearest(0) or 1)


def _smaller_sizes(settings: GenerationSettings) -> list[Changes]:
    """The presets' sizes in the video's orientation that are within its own, the largest first."""
    width, height = settings.width, settings.height
    sizes = {preset.size_for(width, height) for preset in PRESETS.values()}
    if width != height:
        sizes = {size for size in sizes if size[0] != size[1]}
    within = [(w, h) for w, h in sizes if w <= width and h <= height and (w, h) != (width, height)]
    return [{"width": w, "height": h} for w, h in sorted(within, key=lambda size: -size[0] * size[1])]


def refusal(
    settings: GenerationSettings,
    planned: PlannedRun,
    suggestions: Sequence[Mapping[str, Any]],
    *,
    given: bool = False,
) -> NotEnoughMemory:
    """What to tell the user of a plan that does not fit; another model is no help where the clip is `given`."""
    stage = max(planned.stages, key=lambda stage: stage.peak_bytes)
    message = say(
        "This video needs at least {peak} of memory (for “{stage}”), but only {budget} is available.",
        peak=size(planned.peak_bytes),
        stage=stage_title(stage.name),
        budget=size(planned.budget_bytes),
    )
    if suggestions:
        first, *others = map(flags, suggestions)
        for other in others:
            first = say("{first}; or {second}", first=first, second=other)
        return NotEnoughMemory(message, say("Settings that fit: {flags}.", flags=first))
    smallest = smallest_model()
    if settings.model == smallest or given:
        return NotEnoughMemory(message, say("Close other programs, or allow more with --memory-limit."))
    return NotEnoughMemory(
        message, say("Close other programs, or try --model {model}, which needs very little.", model=smallest)
    )


def smallest_model() -> str:
    """The id of the model that needs no weights."""
    return next(model.id for model in MODELS.values() if model.builtin)


def flags(changes: Mapping[str, Any]) -> str:
    """Changes of settings as they are written on a command line."""
    return " ".join(f"{PARAMETERS[name].flag} {value}" for name, value in changes.items())
