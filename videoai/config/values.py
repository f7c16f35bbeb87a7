"""What the config file says, checked by the table of parameters."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, NamedTuple

from videoai.catalogue import DEFAULT_MODEL
from videoai.config.document import Document, Entry
from videoai.errors import BadConfig
from videoai.kinds import Flag, Kind, Whole
from videoai.language import say
from videoai.limits import parameter_of
from videoai.options import OPTIONS
from videoai.parameters import RUN, Parameter, Problems, row, rows_of
from videoai.presets import DEFAULT_PRESET
from videoai.resolving import Preferences, check
from videoai.settings import PARAMETERS


@dataclass(frozen=True, slots=True, kw_only=True)
class ServeOptions:
    """Of the web app, beside what it takes of a run's options."""

    port: int = row(5001, Whole(1, 65535), RUN, label=say("Port"), help=say("Port of the web app"))
    open: bool = row(False, Flag(), RUN, label=say("Open"), help=say("Open the page in the browser"))


SERVE: Mapping[str, Parameter] = rows_of(ServeOptions)
_SERVE_TABLE = "serve"

KEYS: Mapping[str, Parameter] = MappingProxyType(
    dict(PARAMETERS)
    | {name: option for name, option in OPTIONS.items() if name != "like"}  # which is of one video
    | {f"{_SERVE_TABLE}.{name}": option for name, option in SERVE.items()}
)
"""What can be in the file."""


class Mistake(NamedTuple):
    """Where it is, if at one place, and what."""

    line: int | None
    message: str


@dataclass(frozen=True, slots=True)
class Config:
    """What was read of the file: values by key, and their lines."""

    values: Mapping[str, Any] = field(default_factory=dict)
    lines: Mapping[str, int | None] = field(default_factory=dict)

    def preferences(self) -> Preferences:
        """What it says of videos."""
        settings = {name: value for name, value in self.values.items() if name in PARAMETERS}
        return Preferences(self.values.get("preset", DEFAULT_PRESET), settings)

    def options(self, among: Iterable[str], given: Mapping[str, object]) -> dict[str, object]:
        """Options of a run that are `among` these: those that were `given`, and else the file's. The preset is not one
        of them, as preferences are below what was given."""
        names = set(among) - {"preset"}
        return {name: value for name, value in self.values.items() if name in names} | dict(given)

    def serve(self, given: Mapping[str, object]) -> ServeOptions:
        """The web app's own, as they were `given`, and else the file's. Raises BadSettings."""
        own = {name: self.values[key] for name in SERVE if (key := f"{_SERVE_TABLE}.{name}") in self.values}
        problems = Problems()
        parsed = {name: problems.parse(name, SERVE[name].kind, raw) for name, raw in {**own, **given}.items()}
        problems.raise_if_any()
        return ServeOptions(**parsed)


def read_config() -> Config:
    """What the user's file says; nothing if there is none. Raises BadConfig with all that is wrong with it."""
    document = Document.read()
    found, mistakes = examined(document)
    if mistakes:
        raise BadConfig.of(document.path, mistakes)
    return found


def examined(document: Document) -> tuple[Config, list[Mistake]]:
    """What it says, without what is wrong, and all that is wrong."""
    values: dict[str, Any] = {}
    lines: dict[str, int | None] = {}
    mistakes: list[Mistake] = []
    entries = list(document.entries())
    model = next((entry.value for entry in entries if entry.key == "model"), DEFAULT_MODEL)
    for entry in entries:
        line = document.line_of(entry)
        if wrong := list(_wrong(entry, values, model)):
            mistakes += [Mistake(line, message) for message in wrong]
        else:
            values[entry.key], lines[entry.key] = entry.value, line
    found = Config(values, lines)
    problems = Problems()
    check({}, problems, preferences=found.preferences())
    mistakes += [Mistake(None, message) for message in problems]
    return found, sorted(mistakes, key=lambda mistake: mistake.line or 0)


def _wrong(entry: Entry, before: Mapping[str, Any], model: object) -> Iterator[str]:
    if entry.key in before:
        yield say("{name} is there twice.", name=entry.key)
    elif isinstance(entry.value, dict):
        yield say("There is no table “{name}”.", name=entry.key)
    elif entry.key not in KEYS and (name := entry.key.partition(".")[2]) in KEYS:
        yield say("Write {name} above the line “[{table}]”.", name=name, table=entry.spelt[0])
    else:
        problems = Problems()
        problems.parse(entry.key, kind_of(entry.key, model), entry.value, list(KEYS))
        yield from problems


def kind_of(key: str, model: object = DEFAULT_MODEL) -> Kind | None:
    """What a value of the file may be; None if there is no such key."""
    if key in PARAMETERS:
        return parameter_of(key, model).kind
    return KEYS[key].kind if key in KEYS else None
