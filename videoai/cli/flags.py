"""Flags made of rows of the table of parameters, and a help that shows them in their groups."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

from videoai.cli import completing
from videoai.cli.localised import Option
from videoai.kinds import Choice, Directed, Flag, FreeText, IdOrPath, Kind, VideoPath
from videoai.language import say, shown
from videoai.parameters import GROUPS, Parameter


class RowOption(Option):
    """The flag of a row. Its value stays text: the table's own check names all that is wrong at once."""

    def __init__(self, parameter: Parameter) -> None:
        kind = parameter.kind
        more: dict[str, Any] = {"metavar": kind.metavar}
        said = parameter.flag
        if isinstance(kind, Flag):
            more = {"is_flag": True, "default": None}  # which is neither, and leaves it to the config file
            said += f"/--no-{said.removeprefix('--')}"
        if (complete := _offered(kind)) is not None:
            more["shell_complete"] = complete
        super().__init__([said, parameter.name], help=_help(parameter), **more)
        self.group = parameter.group


def _offered(kind: Kind) -> completing.Complete | None:
    """What a TAB offers as a value of this kind."""
    if isinstance(kind, Choice):
        return completing.words(kind.labels, kind.words)
    if isinstance(kind, Directed):
        return completing.words({word: kind.labels.get(word, "") for word in kind.directions})
    if isinstance(kind, IdOrPath):
        titles = {id: completing.MODEL_TITLES.get(id, "") for id in kind.ids}
        return completing.either(completing.words(titles), completing.files)
    return completing.files if isinstance(kind, (FreeText, VideoPath)) else None


class CallOption(Option):
    """A flag that says something of all videos of a call."""

    group = "call"


_SECTIONS = {**GROUPS, CallOption.group: say("Several videos"), "": say("Options")}


def _help(parameter: Parameter) -> str:
    what, default, allowed = parameter.help, parameter.default_text, parameter.kind.range_text()
    if isinstance(parameter.kind, Flag) or not default:
        return say("{what}.", what=what)
    if allowed == parameter.kind.metavar.lower():  # “PATH. [path]” says nothing
        return say("{what}. Default: {default}.", what=what, default=default)
    return say("{what}. [{allowed}] Default: {default}.", what=what, default=default, allowed=allowed)


def options(parameters: Iterable[Parameter]) -> Callable[[Any], Any]:
    """A decorator that gives a command the flags of these rows, in their order."""
    rows = list(parameters)

    def decorate(function: Any) -> Any:
        for parameter in reversed(rows):
            # As click.option does it, which takes no ready option.
            function.__click_params__ = [*getattr(function, "__click_params__", []), RowOption(parameter)]
        return function

    return decorate


def given_of(rows: Mapping[str, Parameter], values: Mapping[str, object]) -> dict[str, object]:
    """Those of a command's values that are of `rows` and were given: a flag that is not named is no wish."""
    return {name: values[name] for name in rows if values.get(name) is not None}


class GroupedCommand(click.Command):
    """A command whose help shows the flags of rows by their groups, and then those that are its own."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        groups: dict[str, list[tuple[str, str]]] = {name: [] for name in _SECTIONS}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx) if isinstance(parameter, click.Option) else None
            if record is not None:
                groups[getattr(parameter, "group", "")].append(record)
        for name, records in groups.items():
            if records:
                with formatter.section(shown(_SECTIONS[name])):
                    formatter.write_dl(records)
