"""Types of arguments that several verbs take."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from videoai.errors import BadInput
from videoai.language import say


class GivenPath(click.Path):
    """A path that says something: an empty one, of a variable that is not set, would be the current folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if value == "":
            raise BadInput(say("The path of the file is empty."), say("Check the path."))
        return super().convert(value, param, ctx)
