"""Reading JSON with care: from a file that anything may have happened to since, and from anybody's request."""

from __future__ import annotations

import json
import math
from typing import Any

_DEEPEST = 32
"""Levels; what we write has half a dozen."""
_LARGEST = 2**63 - 1


def read_json(text: str | bytes, *, names_files: bool = False) -> Any:
    """The values in a JSON text. Raises ValueError for what we never write, and what nobody could work with.

    That is: text that is no JSON, brackets without end, an object with two values of one name, numbers that are none
    or that no column holds, halves of characters. A path may hold such halves, `names_files`, where Python puts them
    for bytes that are no UTF-8.
    """
    try:
        found = _DECODER.decode(text if isinstance(text, str) else text.decode())
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    _check(found, "surrogateescape" if names_files else "strict", _DEEPEST)
    return found


def _check(value: Any, halves: str, levels: int) -> None:
    if isinstance(value, str):
        value.encode("utf-8", halves)
    elif isinstance(value, (dict, list)):
        if not levels:
            raise ValueError("nested too deeply")
        for each in (*value, *value.values()) if isinstance(value, dict) else value:
            _check(each, halves, levels - 1)


def _without_repeats(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of two values of one name, nobody knows which is meant."""
    table = dict(pairs)
    if len(table) != len(pairs):
        raise ValueError("a name occurs twice")
    return table


def _refused(name: str) -> float:
    raise ValueError(f"{name} is no number of JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:20]} is too large")
    return number


def _small(text: str) -> int:
    number = int(text) if len(text) < 32 else _LARGEST + 1
    if abs(number) > _LARGEST:
        raise ValueError(f"{text[:20]} is too large")
    return number


_DECODER = json.JSONDecoder(
    object_pairs_hook=_without_repeats, parse_constant=_refused, parse_float=_finite, parse_int=_small
)
