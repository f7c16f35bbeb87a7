"""What a row of the table of parameters says, and how the rows stand in a dataclass.

The rows themselves are the fields of GenerationSettings (settings.py) and of RunOptions (options.py). The command
line, the checks, the metadata, the web API with its OpenAPI file, the page's panel and the docs are made of them.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, NamedTuple

from videoai.errors import BadSettings
from videoai.kinds import Kind, closest_word
from videoai.language import joined, printable, say

MAIN, MORE, FINISHING, RUN = "main", "more", "finishing", "run"

GROUPS: Mapping[str, str] = MappingProxyType(
    {
        MAIN: say("Settings"),
        MORE: say("More settings"),
        FINISHING: say("Finishing"),
        RUN: say("The run"),
    }
)
"""The groups in their order, and what stands above each."""


class Hint(NamedTuple):
    """What values mean from `start` on, in a word or two."""

    start: float
    text: str


@dataclass(frozen=True, slots=True)
class Parameter:
    """One row of the table of parameters.

    `label` names it, `help` says in a line what it is, and `guide` teaches on the page: what it does to the picture,
    and when to change it. One that is `aside` can be chosen beside a preset without making the choice another one;
    one that is `remote` can be asked for from elsewhere, by the web API.
    """

    name: str
    kind: Kind
    default: Callable[[], Any]
    default_text: str
    group: str
    label: str
    help: str
    guide: str = ""
    unit: str = ""
    hints: tuple[Hint, ...] = ()
    place: int = 0
    aside: bool = False
    remote: bool = True

    @property
    def flag(self) -> str:
        return "--" + self.name.replace("_", "-")


def row(
    default: Any, kind: Kind, group: str, *, label: str, help: str, default_text: str | None = None, **more: Any
) -> Any:
    """A field of a dataclass that carries its row of the table. A callable `default` is called for each use.

    `more` is what a Parameter has beside: guide, unit, hints, place in its group, aside, remote.
    """
    factory: Callable[[], Any] = default if callable(default) else lambda: default
    if default_text is None:
        default_text = f"{default:g}" if isinstance(default, float) else str(default)
    found = Parameter("", kind, factory, default_text, group, label, help, **more)
    return dataclasses.field(default_factory=factory, metadata={"row": found})


def rows_of(table: Any) -> Mapping[str, Parameter]:
    """The rows that the fields of a dataclass carry, by name."""
    rows = (dataclasses.replace(f.metadata["row"], name=f.name) for f in dataclasses.fields(table))
    return MappingProxyType({one.name: one for one in rows})


class Problems(list[str]):
    """A sentence for each wrong value, told all at once."""

    def parse(self, name: str, kind: Kind | None, raw: object, among: Sequence[str] = ()) -> Any:
        """The value; or None, and a sentence more. Without a kind there is none of that name, `among` all."""
        if kind is None:
            meant = closest_word(name, among)
            self.append(
                say("There is no parameter “{name}”. Did you mean {meant}?", name=_shown(name), meant=meant)
                if meant
                else say("There is no parameter “{name}”.", name=_shown(name))
            )
            return None
        try:
            return kind.parse(raw)
        except ValueError:
            self.append(_wrong(name, kind, raw))
            return None

    def raise_if_any(self) -> None:
        """Raises BadSettings."""
        if self:
            raise BadSettings(joined(" ", self), say("Correct the value; --help lists every range."))


def _wrong(name: str, kind: Kind, raw: object) -> str:
    nearest = kind.nearest(raw)
    said = {"name": name, "value": _shown(raw), "allowed": kind.describe()}
    if nearest is None:
        return say("{name} is “{value}”, but it must be {allowed}.", **said)
    return say("{name} is “{value}”, but it must be {allowed}; the nearest is {nearest}.", **said, nearest=str(nearest))


def _shown(raw: object) -> str:
    """`raw` fit for a sentence: one line, not too long."""
    text = printable(" ".join(str(raw).split()))
    return text if len(text) <= 60 else text[:57] + "…"
