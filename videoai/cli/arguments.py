"""Types of arguments that several verbs take."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from videoai.errors import BadInput
from videoai.language import say

_Command = TypeVar("_Command", bound=Callable[..., Any])


def overwrite_option(*more: str) -> Callable[[_Command], _Command]:
    """What is to become of a file that is there already, also by these names."""
    return click.option(
        "--overwrite/--no-overwrite",
        *more,
        "overwrite",
        default=None,
        help="Replace a file that is there already; with --no-overwrite, keep it and do nothing. Without either, you "
        "are asked on a terminal.",
    )


print_option = click.option(
    "--print",
    "printed",
    type=click.Choice(["path"]),
    help="Print only the path of each video on stdout, without “Wrote: ”.",
)


class GivenPath(click.Path):
    """A path that says something: an empty one, of a variable that is not set, would be the current folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            raise BadInput(say("The path of the file is empty."), say("Check the path."))
        return super().convert(value, param, ctx)
