"""What the command line writes to stdout: texts in the current language, and JSON with its texts in it."""

from __future__ import annotations

from typing import Any

import click

from videoai.language import json_text, shown


def tell(text: str, *, err: bool = False) -> None:
    """Print a line."""
    click.echo(shown(text), err=err)


def tell_json(value: Any) -> None:
    """Print one JSON value on one line."""
    click.echo(json_text(shown(value)))
