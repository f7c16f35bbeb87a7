"""Questions on a terminal: on stderr, answered by a letter in either language."""

from __future__ import annotations

import sys

import click

from videoai.cli.screen import tell
from videoai.language import say, shown

_YES, _NO = ("y", "yes", "s", "si", "sì"), ("n", "no", "")


def can_ask(as_json: bool = False, quiet: bool = False) -> bool:
    """Whether somebody sits there who reads a question: no program that reads JSON, and nobody who wants quiet."""
    return types_here() and sys.stderr.isatty() and not as_json and not quiet


def types_here() -> bool:
    """Whether standard input is a terminal."""
    return sys.stdin.isatty()


def ask(question: str) -> bool:
    """Whether the answer is yes. None is no, and so is the end of the input."""
    while True:
        click.echo(f"{shown(say('{question} [y/N]:', question=question))} ", nl=False, err=True)
        try:
            line = sys.stdin.readline()
        except UnicodeDecodeError:
            line = "?\n"
        if not line.endswith("\n"):
            click.echo(err=True)
        answer = line.strip().lower()
        if answer in _YES + _NO:
            return answer in _YES
        tell(say("Answer with y or n."), err=True)
