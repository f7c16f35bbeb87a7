"""What a page needs to know before anything is asked for: the parameters, presets and models, and the machine."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from videoai.catalogue import DEFAULT_MODEL
from videoai.language import LANGUAGES
from videoai.media.door import MAX_BYTES
from videoai.parameters import Choice, IdOrPath, Kind, Number, Parameter, Point, Span, Whole
from videoai.settings import DEFAULT_PRESET, PARAMETERS, PRESETS, Preset
from videoai.system import offline
from videoai.version import __version__
from videoai.web.guard import is_asked_by_owner
from videoai.web.language import language_of
from videoai.web.services import Services

MOST_QUEUED = 100
"""Jobs that may wait at once."""

_SHAPES = {"landscape": (3, 2), "portrait": (2, 3), "square": (1, 1)}
"""A photo of each shape."""


def routes(services: Services) -> Blueprint:
    """GET /api/settings"""
    api = Blueprint("settings", __name__)

    @api.get("/api/settings")
    def settings() -> Response:
        return jsonify(
            version=__version__,
            language=language_of(request),
            languages=LANGUAGES,
            offline=services.options.offline,
            local=is_asked_by_owner(request),
            privacy={"offline": offline.is_closed(), "message": offline.sentence()},
            parameters=[_parameter(parameter) for parameter in PARAMETERS.values()],
            presets=[_preset(preset) for preset in PRESETS.values()],
            default_preset=DEFAULT_PRESET,
            default_model=DEFAULT_MODEL,
            models=services.shapes.models(),
            machine=services.machine.to_dict(),
            notices=services.notices,
            limits={"upload_bytes": MAX_BYTES, "queue": MOST_QUEUED},
        )

    return api


def _parameter(parameter: Parameter) -> dict[str, Any]:
    random = parameter.default_text == "random"
    return {
        "name": parameter.name,
        **_kind(parameter.kind),
        "default": None if random else parameter.default(),
        "default_text": parameter.default_text,
        "unit": parameter.unit,
        "help": parameter.help,
    }


def _kind(kind: Kind) -> dict[str, Any]:
    """What may be chosen; null where that does not apply."""
    row: dict[str, Any] = {"kind": "", "minimum": None, "maximum": None, "multiple": None, "choices": None}
    match kind:
        case Whole():
            return row | {
                "kind": "whole",
                "minimum": kind.minimum,
                "maximum": kind.maximum,
                "multiple": kind.step,
            }
        case Number():
            return row | {"kind": "number", "minimum": kind.minimum, "maximum": kind.maximum}
        case Choice():
            return row | {"kind": "choice", "choices": kind.options}
        case IdOrPath():
            return row | {"kind": "model", "choices": kind.ids}
        case Point():
            return row | {"kind": "point", "minimum": 0, "maximum": 1}
        case Span():
            return row | {"kind": "span", "minimum": kind.minimum, "maximum": kind.maximum}
    raise TypeError(f"no such kind: {kind!r}")


def _preset(preset: Preset) -> dict[str, Any]:
    return {
        "name": preset.name,
        "title": preset.help,
        "sizes": {shape: preset.size_for(*photo) for shape, photo in _SHAPES.items()},
        "values": dict(preset.values),
    }
