"""Changing the config file: whatever it says already is kept, and no mistake comes into it."""

from __future__ import annotations

import os
from typing import Any

from videoai.catalogue import MODELS
from videoai.config.document import Document, known_as
from videoai.config.values import Mistake, examined, kind_of
from videoai.errors import BadSettings
from videoai.kinds import Amount, Kind, Seed
from videoai.language import joined, say
from videoai.system import paths


def put(key: str, raw: str) -> Document:
    """The file with another value, not yet written. Raises BadConfig, BadSettings for a key or a value that cannot be,
    alone or beside the others; BadInput."""
    document = Document.read(created=True)
    config, before = examined(document)
    key = known_as(key)
    if key == "model" and raw not in MODELS and os.path.exists(path := paths.expanded(raw)):
        raw = os.path.abspath(path)  # the command may run anywhere
    kind = kind_of(key, config.values.get("model"))
    document.set(key, raw if kind is None else _as_toml(kind, raw))
    _check_no_worse(document, before)
    return document


def take_out(key: str) -> Document:
    """The file without a value, not yet written. Raises BadConfig, BadSettings if it is not there, or the others
    cannot be without it."""
    document = Document.read(created=True)
    _, before = examined(document)
    if not document.unset(key):
        hint = say("“videoai config” shows what there is.")
        raise BadSettings(say("The config file does not say “{name}”.", name=known_as(key)), hint)
    _check_no_worse(document, before)
    return document


def _check_no_worse(document: Document, before: list[Mistake]) -> None:
    known = {mistake.message for mistake in before}
    new = [mistake.message for mistake in examined(document)[1] if mistake.message not in known]
    if new:
        raise BadSettings(joined(" ", new), say("Correct the value; “videoai config” shows what there is."))


def _as_toml(kind: Kind, raw: str) -> Any:
    """The value as TOML has it: a number, true or false, a list; as it was typed if it is none of them, or wrong."""
    if isinstance(kind, Amount) or (isinstance(kind, Seed) and kind.is_random(raw)):
        return raw
    try:
        value = kind.parse(raw)
    except ValueError:
        return raw
    if isinstance(value, tuple):
        return list(value)
    return raw if value is None else value
