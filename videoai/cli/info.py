"""videoai info: the settings inside a video."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import click

from videoai.cli.arguments import GivenPath
from videoai.cli.screen import tell, tell_json
from videoai.language import printable, say
from videoai.settings import PARAMETERS

_COLUMN = max(map(len, PARAMETERS))
"""As wide as the longest name."""


@click.command()
@click.argument("video", metavar="VIDEO", type=GivenPath())
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def info(video: Path, as_json: bool) -> None:
    """Show the settings that a VIDEO was made with."""
    from videoai.media.metadata import read_metadata

    metadata = read_metadata(video)
    if as_json:
        tell_json(metadata)
        return
    tell(say("Made by VideoAi {version}", version=metadata["videoai"]))
    for line in lines_of(metadata["settings"]):
        click.echo(printable(line))


def lines_of(settings: Mapping[str, object]) -> Iterator[str]:
    """What people read of settings as JSON has them: each as one writes it after the option of its name."""
    for name, value in settings.items():
        unit = " px" if name in PARAMETERS and PARAMETERS[name].unit == "px" and value is not None else ""
        yield f"  {name.replace('_', '-'):<{_COLUMN}}  {_as_given(name, value)}{unit}"


def _as_given(name: str, value: object) -> str:
    if value is None and name in PARAMETERS and PARAMETERS[name].default() is None:
        return PARAMETERS[name].default_text
    return ",".join(map(_number, value)) if isinstance(value, list) else _number(value)


def _number(value: object) -> str:
    if value is None:  # of a setting that this version does not know
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)
