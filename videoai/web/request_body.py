"""What a request brings along, read with care: anybody's JSON, anybody's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, BinaryIO, cast

from flask import Request

from videoai.catalogue import MODELS
from videoai.errors import BadInput, BadSettings, TooLarge, WrongType
from videoai.language import say
from videoai.settings import PARAMETERS
from videoai.system.strict_json import read_json
from videoai.web.parameter_table import REMOTE

JSON_BYTES = 100_000

_TYPES: Mapping[str, type | tuple[type, ...]] = {
    "boolean": bool,
    "string": str,
    "integer": int,
    "number": (int, float),
    "array": list,
}
"""What Python makes of JSON's types."""

OPTION_TYPES = {name: _TYPES[option.kind.schema()["type"]] for name, option in REMOTE.items()}
"""Of each option that may be asked for, what it is in JSON."""


def json_of(request: Request, fields: Mapping[str, type | tuple[type, ...]], most: int = JSON_BYTES) -> dict[str, Any]:
    """The JSON object in the body, of at most so many bytes, {} if there is no body; only `fields`, each of its type or
    null.

    Raises WrongType, TooLarge, BadInput.
    """
    if not request.content_length:
        return {}
    if request.mimetype != "application/json":
        raise WrongType(say("This type of body is not accepted."), say("Send application/json."))
    if request.content_length > most:
        raise TooLarge(say("The request is too large."), say("Send at most {count} bytes of JSON.", count=most))
    try:
        found = read_json(request.get_data())
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise BadInput(
            say("The body is not a valid JSON object."),
            say("Send an object such as {{}}, with each name only once and no number of more than 64 bits."),
        )
    for name, value in found.items():
        if name not in fields:
            raise BadInput(
                say("There is no field “{name}” here.", name=name[:40]),
                say("/api/openapi.json describes what you can send."),
            )
        if value is not None and (not isinstance(value, fields[name]) or _is_stray_bool(value, fields[name])):
            raise BadInput(
                say("The field “{name}” has the wrong type.", name=name),
                say("/api/openapi.json describes what you can send."),
            )
    return {name: value for name, value in found.items() if value is not None}


def _is_stray_bool(value: object, kind: type | tuple[type, ...]) -> bool:
    return isinstance(value, bool) and bool not in (kind if isinstance(kind, tuple) else (kind,))


def file_of(request: Request, name: str) -> tuple[BinaryIO, str]:
    """The file of the form's field `name`, open, and what it is called. Raises WrongType, BadInput."""
    if request.mimetype != "multipart/form-data":
        raise WrongType(
            say("There is no file in the request."), say("Send multipart/form-data with a field “{name}”.", name=name)
        )
    file = request.files.get(name)
    if file is None:
        raise BadInput(
            say("There is no file in the field “{name}”.", name=name),
            say("Send multipart/form-data with a field “{name}”.", name=name),
        )
    return cast(BinaryIO, file.stream), file.filename or ""


def check_settings(given: Mapping[str, object]) -> Mapping[str, object]:
    """`given`, unless its model is a path: what comes over the wire names no files of this machine. Raises BadSettings.

    All else is checked where settings are resolved.
    """
    model = given.get("model")
    if "model" in given and not (isinstance(model, str) and model in MODELS):
        shown = " ".join(str(model).split())[:60]
        raise BadSettings(
            say("model is “{shown}”, but it must be one of {words}.", shown=shown, words=", ".join(MODELS)),
            say("GET /api/models lists them."),
        )
    return given


def settings_of_form(fields: Mapping[str, str]) -> dict[str, str]:
    """Those of a form's fields that are settings; an empty one counts as not given."""
    return {name: value for name, value in fields.items() if name in PARAMETERS and value != ""}
