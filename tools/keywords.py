"""The keywords that Python programs give, with their types: made of the table of parameters (make docs)."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from videoai.kinds import Kind, Seed
from videoai.language import shown, speaking
from videoai.options import OPTIONS
from videoai.parameters import Parameter
from videoai.presets import PRESETS
from videoai.settings import PARAMETERS

ROOT = Path(__file__).resolve().parent.parent
PATH = "videoai/python/keywords.py"
LOADED = ("precision", "compute")
"""With the model itself, what is chosen as it is loaded."""

_PLAIN = {"integer": "int", "number": "float", "string": "str", "boolean": "bool"}


def annotation(kind: Kind) -> str:
    """The type of the values that a kind reads, from its JSON Schema, and from what else it takes."""
    schema = kind.schema()
    if "enum" in schema and kind.name == "choice":
        words = [repr(word).replace("'", '"') for word in schema["enum"]]
        return f"Literal[{', '.join([*words, *(word for word in schema['enum'] if word.isdecimal())])}]"
    found = [_of_schema(name, schema) for name in _types(schema)]
    if "None" in found:
        found.insert(-1, 'Literal["off"]')
    if isinstance(kind, Seed):
        found.append('Literal["random"]')
    return " | ".join(found)


def _types(schema: dict[str, Any]) -> list[str]:
    named = schema["type"]
    return [named] if isinstance(named, str) else list(named)


def _of_schema(name: str, schema: dict[str, Any]) -> str:
    if name == "null":
        return "None"
    if name == "array":
        return f"tuple[{', '.join([_PLAIN[schema['items']['type']]] * schema['maxItems'])}]"
    return _PLAIN[name]


def _fields(parameters: Iterable[Parameter]) -> str:
    named = {"precision": "Precision", "compute": "Compute", "model": "str | os.PathLike[str]"}
    lines = []
    for one in parameters:
        lines.append(f"    {one.name}: {named.get(one.name) or annotation(one.kind)}")
        lines += textwrap.wrap(f'"""{shown(one.help)}"""', 112, initial_indent="    ", subsequent_indent="    ")
    return "\n".join(lines)


def render() -> str:
    """The module as it has to be."""
    clip = [one for one in PARAMETERS.values() if one.name not in ("model", *LOADED)]
    loaded = [PARAMETERS[name] for name in ("model", *LOADED)]
    with speaking("en"):
        return f'''"""The settings by name, with their types. Made by “make docs” of the table of parameters."""

from __future__ import annotations

import os
from typing import Literal, TypeAlias, TypedDict

Precision: TypeAlias = {annotation(PARAMETERS["precision"].kind)}
Compute: TypeAlias = {annotation(PARAMETERS["compute"].kind)}
Preset: TypeAlias = {annotation(OPTIONS["preset"].kind)}
"""{", ".join(PRESETS)}, or the name of one of your own."""
Encoder: TypeAlias = {annotation(OPTIONS["encoder"].kind)}


class ClipSettings(TypedDict, total=False):
    """What a model that is loaded is called with."""

{_fields(clip)}


class Settings(ClipSettings, total=False):
    """What `generate` is called with."""

{_fields(loaded)}
'''


def main() -> None:
    (ROOT / PATH).write_text(render(), "utf-8")
