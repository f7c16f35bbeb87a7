"""What the command line writes to stdout: texts in the current language, and JSON with its texts in it."""

from __future__ import annotations

import json
from typing import Any

import click

from videoai.language import shown


def tell(text: str, *, err: bool = False) -> None:
    """Print a line."""
    click.echo(shown(text), err=err)


def tell_json(value: Any) -> None:
    """Print one JSON value on one line."""
    click.echo(json.dumps(shown(value), ensure_ascii=False))
