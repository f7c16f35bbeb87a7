"""Help in the current language: a command tree whose texts are translated, and click's own words."""

from __future__ import annotations

import copy
import gettext
import inspect
import sys
from collections.abc import Iterator
from typing import Any

import click

from videoai.language import Text, as_called, catalogue, current


class Option(click.Option):
    """An option whose help may be a Text; click's own makes a plain str of it."""

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.help = more.get("help")


def localised(command: click.Command) -> click.Command:
    """A copy of a command, and of all below it, with the help in the current language.

    What is written as docstrings and in options is looked up by paragraph, what stands for a value by word.
    """
    ours = copy.copy(command)
    ours.help, ours.epilog = _translated(command.help), _translated(command.epilog)
    ours.options_metavar = _translated(command.options_metavar)
    ours.params = [_parameter(parameter) for parameter in command.params]
    if isinstance(ours, click.Group):
        ours.subcommand_metavar = _current(ours.subcommand_metavar)
        ours.commands = {name: localised(below) for name, below in ours.commands.items()}
    return ours


def _parameter(parameter: click.Parameter) -> click.Parameter:
    ours = copy.copy(parameter)
    ours.metavar = _translated(ours.metavar)
    if isinstance(ours, click.Option):
        ours.help = _translated(ours.help)
    return ours


def _translated(text: str | None) -> str | None:
    if text is None or isinstance(text, Text):
        return text and _current(text)
    text = inspect.cleandoc(text)
    for paragraph in paragraphs(text):
        text = text.replace(paragraph, _current(paragraph))
    return text


def paragraphs(text: str) -> Iterator[str]:
    """What is translated of a docstring: its paragraphs, or where click keeps the lines (“\\b”), each of those."""
    for paragraph in inspect.cleandoc(text).split("\n\n"):
        first, *lines = paragraph.split("\n")
        yield from map(str.strip, lines) if first == "\b" else [paragraph]


def _current(text: str) -> str:
    if isinstance(text, Text):
        return text.in_language(current())
    return as_called(catalogue(current()).get(" ".join(text.split()), text))


def translate_click() -> None:
    """Let click's own words (“Usage:”, “No such option …”) come from our catalogue.

    click marks them for gettext, which reads nothing but compiled catalogues from a folder: so wherever a module of
    click's has one of gettext's functions, it gets ours. Should it ever say its words another way, they are English.
    """

    def plural(one: str, many: str, count: int) -> str:
        return _current(one if count == 1 else many)

    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] == "click":
            for called, value in list(vars(module).items()):
                if value is gettext.gettext:
                    setattr(module, called, _current)
                elif value is gettext.ngettext:
                    setattr(module, called, plural)
