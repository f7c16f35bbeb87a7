"""What a parameter may be with this model, and beside the values of the others."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from typing import Any

from videoai.catalogue import DEFAULT_MODEL, MODELS
from videoai.kinds import Kind, Whole, WholeOrOff
from videoai.language import say
from videoai.parameters import Parameter
from videoai.settings import LCM_LEVELS, PARAMETERS


def parameter_of(name: str, model_id: object) -> Parameter:
    """The row of a parameter as it is with this model: one made for few steps allows fewer, and says so."""
    parameter, model = PARAMETERS[name], MODELS.get(str(model_id))
    if model is None:
        return parameter
    kind = parameter.kind
    if name == "steps" and isinstance(kind, Whole):
        kind = dataclasses.replace(kind, minimum=model.min_steps)
    return dataclasses.replace(parameter, kind=kind, hints=model.hints.get(name, parameter.hints))


def limits(values: Mapping[str, Any]) -> dict[str, Kind]:
    """What some parameters may be beside these other values, where that is less than `parameter_of` says."""
    id = values.get("model", DEFAULT_MODEL)
    model, steps = MODELS.get(str(id)), parameter_of("steps", id).kind
    found: dict[str, Kind] = {}
    smooth, fps = PARAMETERS["smooth"].kind, values.get("fps")
    if isinstance(smooth, WholeOrOff) and isinstance(fps, int) and fps >= smooth.minimum:
        found["smooth"] = dataclasses.replace(smooth, minimum=fps + 1)
    if model is not None and model.builtin:
        return found
    if model is not None and not model.takes_lcm:
        found["scheduler"] = _without("lcm", "scheduler")
    if values.get("scheduler") == "lcm":
        found["steps"] = dataclasses.replace(steps, maximum=LCM_LEVELS)  # type: ignore[type-var]
        found["sigmas"] = _without("ays", "sigmas")
    most = 1 if values.get("scheduler") == "lcm" else values.get("steps")
    reuse = PARAMETERS["reuse"].kind
    if isinstance(reuse, Whole) and isinstance(most, int) and most < reuse.maximum:
        found["reuse"] = dataclasses.replace(reuse, maximum=most)
    return found


def _without(word: str, name: str) -> Kind:
    options = tuple(each for each in PARAMETERS[name].kind.options if each != word)  # type: ignore[attr-defined]
    return dataclasses.replace(PARAMETERS[name].kind, options=options)  # type: ignore[type-var]


def broken_limits(values: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each value that another one does not allow."""
    for name, kind in limits(values).items():
        value = values.get(name)
        try:
            if value is not None:
                kind.parse(value)
        except ValueError:
            yield _why_not(name, values)


def _why_not(name: str, values: Mapping[str, Any]) -> str:
    if name == "smooth":
        return say(
            "smooth is {smooth}, but the clip has {fps} frames a second already: choose more, or off.",
            smooth=values["smooth"],
            fps=values["fps"],
        )
    if name == "scheduler":
        return say(
            "{model} is not made for the LCM sampler: choose another one, or the model {made}.",
            model=values.get("model", DEFAULT_MODEL),
            made=next(model.id for model in MODELS.values() if model.takes_lcm),
        )
    if name == "steps":
        return say("The LCM sampler takes at most {most} steps, not {steps}.", most=LCM_LEVELS, steps=values["steps"])
    if name == "sigmas":
        return say("The LCM sampler has noise levels of its own, so it cannot use those of Align Your Steps (ays).")
    if values.get("scheduler") == "lcm":
        return say(
            "The LCM sampler needs every step whole, so reuse can only be 1, not {reuse}.", reuse=values["reuse"]
        )
    return say("reuse is {reuse}, but there are only {steps} steps.", reuse=values["reuse"], steps=values["steps"])
