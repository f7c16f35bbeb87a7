"""videoai estimate: what a video would need and take here, before it is made."""

from __future__ import annotations

from pathlib import Path

import click

from videoai.cli.estimating import bytes_of, show_estimate
from videoai.cli.generate import generate
from videoai.cli.given import GivenPath
from videoai.settings import PARAMETERS

_SHARED = {*PARAMETERS, "preset", "like"}
"""The flags of generate that decide what a video needs."""


@click.command(epilog="Ends with 4 if the video does not fit.")
@click.argument("photo", metavar="PHOTO", type=GivenPath())
@click.option("--memory-limit", metavar="SIZE", help="What it may have, such as 5.3G. Default: what there is.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def estimate(photo: Path, memory_limit: str | None, as_json: bool, like: Path | None, **values: str | None) -> int:
    """Print the memory and the time that a video of PHOTO would take.

    And how it would be computed. Takes the flags of “generate”. If it does not fit, the nearest settings that do are
    named.
    """
    from videoai.request import Request

    given = {name: value for name in PARAMETERS if (value := values[name]) is not None}
    request = Request(given=given, preset=values["preset"], like=like, memory_limit=bytes_of(memory_limit))
    return show_estimate(photo, request, as_json=as_json)


estimate.params[1:1] = [parameter for parameter in generate.params if parameter.name in _SHARED]
