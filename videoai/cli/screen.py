"""What the command line writes to stdout: texts in the current language, and JSON with its texts in it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import click

from videoai.language import json_text, printable, shown

if TYPE_CHECKING:
    from rich.table import Table

_NARROWEST = 40
"""Columns: whatever a terminal says of itself."""
_NEVER_FOLDED = 10_000
_BLOCK = 1 << 20
"""Bytes of a file that are read at once."""


def tell(text: str, *, err: bool = False) -> None:
    """Print a line."""
    click.echo(shown(text), err=err)


def tell_json(value: Any) -> None:
    """Print one JSON value on one line."""
    click.echo(json_text(shown(value)))


def tell_table(table: Table) -> None:
    """Print a table as wide as the terminal, and as it needs where nobody looks: a pipe shortens no path."""
    from rich.console import Console

    console = Console()
    # Not what Rich takes for a terminal: that is any pipe, where FORCE_COLOR is set.
    console.width = max(console.width, _NARROWEST) if console.file.isatty() else _NEVER_FOLDED
    console.print(table)


def tell_rows(titles: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    """Print a table whose last column is a path: where it is too wide, that goes on below and the others end in “…”."""
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in titles:
        table.add_column(shown(title), overflow="fold" if title is titles[-1] else "ellipsis")
    for row in rows:
        table.add_row(*(Text(printable(shown(cell))) for cell in row))  # brackets in a name are no markup
    tell_table(table)


def minute(moment: float) -> str:
    """A moment of wall time by this computer's calendar: “2026-03-14 09:41”."""
    return datetime.fromtimestamp(moment).strftime("%Y-%m-%d %H:%M")


def tell_wrote(path: str) -> None:
    """The line that scripts look for: the same in every language, with the path's own bytes in any encoding."""
    _write([os.fsencode(f"Wrote: {path}\n")])


def tell_path(path: str) -> None:
    """The path alone, on a line of its own."""
    _write([os.fsencode(f"{path}\n")])


def send(path: str) -> None:
    """A file's content, as it is. Raises OSError."""
    with open(path, "rb") as file:
        _write(iter(lambda: file.read(_BLOCK), b""))


def _write(blocks: Iterable[bytes]) -> None:
    buffer = getattr(sys.stdout, "buffer", None)
    sys.stdout.flush()
    for block in blocks:
        if buffer is None:  # a stream that takes text alone, as a caller may have put there
            sys.stdout.write(os.fsdecode(block))
        else:
            buffer.write(block)
    sys.stdout.flush()
