"""What the program says, found in its source and in its commands: all of it, and nothing else, is to be translated."""

from __future__ import annotations

import ast
import string
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import click
from click import core, decorators, exceptions, formatting, parser, types

from tests.conftest import ROOT
from videoai.cli.app import videoai
from videoai.cli.localised import paragraphs
from videoai.language import Text

SOURCES = sorted((ROOT / "videoai").rglob("*.py"))


class Said(NamedTuple):
    """A call of say: where, its template (None if it is not written out), and the names of the values given."""

    where: str
    template: str | None
    names: frozenset[str] | None


def calls(path: Path) -> Iterator[ast.Call]:
    """All calls in a source file."""
    return (node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Call))


def called(call: ast.Call) -> str:
    """The last part of the name of what is called."""
    return ast.unparse(call.func).rpartition(".")[2]


def texts() -> Iterator[Said]:
    """Every call of say."""
    for path in SOURCES:
        for call in calls(path):
            if called(call) != "say":
                continue
            first = call.args[0] if call.args else None
            template = first.value if isinstance(first, ast.Constant) and isinstance(first.value, str) else None
            names = None
            if all(keyword.arg for keyword in call.keywords):  # and no **values
                names = frozenset(str(keyword.arg) for keyword in call.keywords)
            yield Said(f"{path.relative_to(ROOT)}:{call.lineno}", template, names)


def commands(command: click.Command = videoai) -> Iterator[click.Command]:
    """A command and all below it."""
    yield command
    for below in command.commands.values() if isinstance(command, click.Group) else ():
        yield from commands(below)


def helps() -> Iterator[str]:
    """What is said by the commands' own help: paragraphs of docstrings, help of options, names of values."""
    for command in commands():
        for text in (command.help, command.epilog):
            yield from filter(None, (" ".join(part.split()) for part in paragraphs(text or "")))
        yield from filter(None, (command.options_metavar, getattr(command, "subcommand_metavar", None)))
        for parameter in command.params:
            if parameter.metavar:
                yield parameter.metavar
            if isinstance(parameter, click.Option) and parameter.help and not isinstance(parameter.help, Text):
                yield parameter.help


def click_words() -> set[str]:
    """What click marks for translation: most of it can never be seen here."""
    marked = set()
    for module in (core, decorators, exceptions, formatting, parser, types):
        for call in calls(Path(module.__file__)):
            if called(call) in ("_", "ngettext"):
                marked |= {arg.value for arg in call.args if isinstance(arg, ast.Constant)}
    return marked


def placeholders(template: str) -> set[tuple[str, str]]:
    """Names and formats of the placeholders."""
    return {(name, spec or "") for _, name, spec, _ in string.Formatter().parse(template) if name is not None}
