"""The OpenAPI file: openapi.json, and in it what the table of parameters says.

The file describes the addresses and the answers; the schemas of settings and of a run's options are made of the table
here, so that no range and no choice stands in it by hand.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from videoai.catalogue import MODELS
from videoai.kinds import IdOrPath
from videoai.limits import parameter_of
from videoai.options import OPTIONS
from videoai.parameters import GROUPS, Parameter
from videoai.presets import SHAPES
from videoai.settings import PARAMETERS
from videoai.version import __version__
from videoai.web.parameter_table import REMOTE

_FILE = Path(__file__).with_name("openapi.json")

Schema = dict[str, Any]


@functools.cache
def text() -> str:
    """The whole document, as it is served."""
    return json.dumps(document(), ensure_ascii=False, indent=2) + "\n"


def document() -> dict[str, Any]:
    """The whole document."""
    found: dict[str, Any] = json.loads(_FILE.read_text("utf-8"))
    found["info"]["version"] = __version__
    schemas = found["components"]["schemas"]
    schemas |= _made()
    options = {name: _with_help(option, option.kind.schema()) for name, option in REMOTE.items()}
    schemas["JobRequest"]["properties"] |= {name: _or_null(option) for name, option in options.items()}
    schemas["JobForm"]["properties"] |= options
    given = {name: _or_null(schema) for name, schema in schemas["Given"]["properties"].items()}
    schemas["V1Request"]["properties"] |= given | {name: _or_null(option) for name, option in options.items()}
    schemas["V1Form"]["properties"] |= options
    return found


def _made() -> dict[str, Schema]:
    """The schemas that repeat the table."""
    given = {name: _with_help(row, _of_any_model(row)) for name, row in PARAMETERS.items()}
    settings = {
        name: {"type": "string", "description": _MODEL} if isinstance(PARAMETERS[name].kind, IdOrPath) else schema
        for name, schema in given.items()
    }
    return {
        "Given": _object(
            "Only what was chosen: the rest comes from the preset, the model and the table of GET /api/settings", given
        ),
        "Settings": _object("All that decides what a video shows", settings, required=settings),
        "PresetName": OPTIONS["preset"].kind.schema() | {"description": _PRESET},
        "Precision": PARAMETERS["precision"].kind.schema(),
        "Shape": {"type": "string", "enum": list(SHAPES)},
        "Group": {"type": "string", "enum": list(GROUPS)},
    }


_PRESET = "One of VideoAi's own, or of the user's: GET /api/presets"
_MODEL = "A model's id, or for jobs of the command line the name of a checkpoint's file or folder"


def _of_any_model(row: Parameter) -> Schema:
    """What may be given with one model or another: the widest of the ranges."""
    schema = row.kind.schema()
    if "minimum" in schema:
        schemas = [parameter_of(row.name, model).kind.schema() for model in MODELS]
        schema["minimum"] = min(each["minimum"] for each in schemas)
        schema["maximum"] = max(each["maximum"] for each in schemas)
    return schema


def _with_help(row: Parameter, schema: Schema) -> Schema:
    return schema | {"description": row.help}


def _or_null(schema: Schema) -> Schema:
    """The same, or null, which counts as not given."""
    if isinstance(schema["type"], list):  # of what can be off, null is a value already
        return schema
    found = schema | {"type": [schema["type"], "null"]}
    return found | {"enum": [*schema["enum"], None]} if "enum" in schema else found


def _object(description: str, properties: Mapping[str, Schema], required: Iterable[str] = ()) -> Schema:
    found: Schema = {"type": "object", "description": description, "properties": dict(properties)}
    if names := list(required):
        found["required"] = names
    return found | {"additionalProperties": False}
