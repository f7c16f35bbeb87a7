"""What a parameter may be with this model, and beside the values of the others."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from videoai.catalogue import DEFAULT_MODEL, MODELS
from videoai.kinds import Kind, Number, Span, Whole, WholeOrOff
from videoai.language import say
from videoai.parameters import Parameter
from videoai.settings import LCM_LEVELS, LOOPS, PARAMETERS, frames_of
from videoai.system.units import length
from videoai.trimming import shown_frames


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
    found |= _length_limits(values)
    if model is not None and model.builtin:
        return found
    if model is not None and not model.takes_lcm:
        found["scheduler"] = _without("scheduler", "lcm")
    if values.get("scheduler") == "lcm":
        found["steps"] = dataclasses.replace(steps, maximum=LCM_LEVELS)  # type: ignore[type-var]
        found["sigmas"] = _without("sigmas", "ays")
    most = 1 if values.get("scheduler") == "lcm" else values.get("steps")
    reuse = PARAMETERS["reuse"].kind
    if isinstance(reuse, Whole) and isinstance(most, int) and most < reuse.maximum:
        found["reuse"] = dataclasses.replace(reuse, maximum=most)
    return found


def _length_limits(values: Mapping[str, Any]) -> dict[str, Kind]:
    """What the length of the model's clip leaves: a part of it, and ways to loop that part; a loop has no end."""
    found: dict[str, Kind] = {}
    trim, hold = PARAMETERS["trim"].kind, PARAMETERS["hold"].kind
    clip = _clip_of(values)
    if clip is not None and isinstance(trim, Span):
        end = math.ceil(100 * clip.frames / clip.fps) / 100
        found["trim"] = dataclasses.replace(trim, maximum=min(end, trim.maximum))
    if clip is not None and (too_short := [loop for loop, fewest in LOOPS.items() if clip.shown < fewest]):
        found["loop"] = _without("loop", *too_short)
    if values.get("loop") in LOOPS and isinstance(hold, Number):
        found["hold"] = dataclasses.replace(hold, maximum=hold.minimum)
    return found


class _ModelClip(NamedTuple):
    """How long the model's clip is, and how many of its frames are shown."""

    frames: int
    fps: int
    shown: int


def _clip_of(values: Mapping[str, Any]) -> _ModelClip | None:
    """With all its parts; None where the values do not say it."""
    frames, fps, extend = (values.get(name, PARAMETERS[name].default()) for name in ("frames", "fps", "extend"))
    if frames is None or fps is None:  # wrong, and said so already
        return None
    frames = frames_of(frames, extend)
    return _ModelClip(frames, fps, len(shown_frames(values.get("trim"), frames, fps)))


def _without(name: str, *words: str) -> Kind:
    options = tuple(each for each in PARAMETERS[name].kind.options if each not in words)  # type: ignore[attr-defined]
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
    if name in ("trim", "loop", "hold"):
        return _why_not_that_long(name, values)
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


def _why_not_that_long(name: str, values: Mapping[str, Any]) -> str:
    clip = _clip_of(values)
    if name == "hold" or clip is None:
        return say("A loop plays on without a rest: leave hold at 0, or turn loop off.")
    if name == "trim":
        return say(
            "trim ends at {end}, but the clip is only {length} long: choose an earlier end, or off.",
            end=length(values["trim"][1]),
            length=length(clip.frames / clip.fps),
        )
    return say(
        "The loop {loop} takes {fewest} frames, but there are only {frames}: choose more, a longer part, or off.",
        frames=clip.shown,
        loop=values["loop"],
        fewest=LOOPS[values["loop"]],
    )
