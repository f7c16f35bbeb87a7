"""The table of parameters, the presets, and what a model changes of the table, in the shapes of the web API."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from videoai import own_presets
from videoai.kinds import Choice, Directed, IdOrPath, Number, Point, Span, Whole
from videoai.limits import limits, parameter_of
from videoai.options import OPTIONS
from videoai.parameters import GROUPS, Parameter
from videoai.presets import PRESETS, SHAPES, Preset
from videoai.settings import PARAMETERS

REMOTE: Mapping[str, Parameter] = {name: option for name, option in OPTIONS.items() if option.remote}
"""What may be asked of a run over the wire. The rest names files of this machine, or is its owner's to say."""


def parameter_row(parameter: Parameter) -> dict[str, Any]:
    """A row; null where something does not apply."""
    random = parameter.default_text == "random"
    return {
        "name": parameter.name,
        "flag": parameter.flag,
        "group": parameter.group,
        "label": parameter.label,
        "help": parameter.help,
        "guide": parameter.guide,
        **_allowed(parameter),
        "unit": parameter.unit,
        "default": None if random else parameter.default(),
        "default_text": parameter.default_text,
        "hints": _hints(parameter),
        "aside": parameter.aside,
    }


def limits_of(settings: Mapping[str, Any]) -> dict[str, Any]:
    """What some of these settings may be beside the others, where that is less than with this model alone."""
    rows = {name: _allowed(replace(PARAMETERS[name], kind=kind)) for name, kind in limits(settings).items()}
    return {name: {key: row[key] for key in ("minimum", "maximum", "choices")} for name, row in rows.items()}


def _allowed(parameter: Parameter) -> dict[str, Any]:
    """What may be chosen."""
    kind = parameter.kind
    found: dict[str, Any] = dict.fromkeys(("minimum", "maximum", "multiple", "step", "choices", "labels", "directions"))
    if isinstance(kind, (Whole, Number, Point, Span)):
        found |= {"minimum": kind.minimum, "maximum": kind.maximum}
    if isinstance(kind, (Whole, Number)):
        found |= {"step": kind.step, "multiple": kind.step if isinstance(kind, Whole) else None}
    if isinstance(kind, Choice):
        found |= {"choices": kind.words(), "labels": {word: kind.labels.get(word, word) for word in kind.words()}}
    if isinstance(kind, Directed):
        found |= {"choices": kind.words(), "directions": kind.directions, "labels": kind.labels}
    if isinstance(kind, IdOrPath):
        found |= {"choices": kind.ids}
    return {"kind": kind.name, **found}


def _hints(parameter: Parameter) -> list[dict[str, Any]]:
    return [{"from": hint.start, "text": hint.text} for hint in parameter.hints]


def groups() -> list[dict[str, Any]]:
    """The groups of rows that a page shows: each with its title, and its rows in the order of their places."""
    rows = [*PARAMETERS.values(), *REMOTE.values()]
    found = []
    for name, title in GROUPS.items():
        own = sorted((row for row in rows if row.group == name), key=lambda row: row.place)
        found.append({"name": name, "title": title, "parameters": [row.name for row in own]})
    return found


def ranges_of(model_id: str) -> dict[str, Any]:
    """The parameters that have another range or other hints with this model."""
    return {
        name: {key: row[key] for key in ("minimum", "maximum", "hints")}
        for name, plain in PARAMETERS.items()
        if (row := parameter_row(parameter_of(name, model_id))) != parameter_row(plain)
    }


def preset_row(preset: Preset) -> dict[str, Any]:
    """A preset, with its size for a photo of each shape."""
    return {
        "name": preset.name,
        "label": preset.label,
        "title": preset.help,
        "sizes": {shape: preset.size_for(*photo) for shape, photo in SHAPES.items()},
        "values": dict(preset.values),
        "whole": preset.whole,
        "own": preset.own,
    }


def presets() -> list[dict[str, Any]]:
    """All of them, the user's own last."""
    return [preset_row(preset) for preset in (*PRESETS.values(), *own_presets.own())]


def rows(parameters: Iterable[Parameter]) -> list[dict[str, Any]]:
    """Rows in their order."""
    return [parameter_row(parameter) for parameter in parameters]
