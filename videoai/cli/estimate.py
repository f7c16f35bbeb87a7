"""videoai estimate: what a video would need and take here, before it is made."""

from __future__ import annotations

from pathlib import Path

import click

from videoai.cli.arguments import GivenPath
from videoai.cli.estimating import show_estimate
from videoai.cli.flags import GroupedCommand, given_of, options
from videoai.options import OPTIONS
from videoai.settings import PARAMETERS

_OPTIONS = {name: OPTIONS[name] for name in ("preset", "like", "memory_limit")}
"""What decides of the run what a video needs, or how much it may have."""


@click.command(cls=GroupedCommand, epilog="Exits with 4 if the video doesn't fit.")
@click.argument("photo", metavar="PHOTO", type=GivenPath())
@options([*PARAMETERS.values(), *_OPTIONS.values()])
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def estimate(photo: Path, as_json: bool, **values: object) -> int:
    """Show the memory and time that a video of PHOTO would take.

    Also shows how it would be computed. Takes the options of “generate”. If the video doesn't fit, it suggests the
    nearest settings that do.
    """
    from videoai.cli.liking import suggesting
    from videoai.cli.standard_input import with_photo
    from videoai.config.values import read_config
    from videoai.request import Request

    config = read_config()
    options = config.options(_OPTIONS, given_of(_OPTIONS, values))
    with suggesting(options):
        request = Request.of(given_of(PARAMETERS, values), options, preferences=config.preferences())
    with with_photo([str(photo)]) as (named,):
        return show_estimate(Path(named), request, as_json=as_json)
