"""videoai estimate: what a video would need and take here, before it is made."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from videoai.cli.generate import generate
from videoai.errors import BadInput
from videoai.memory.amounts import Amount
from videoai.settings import PARAMETERS

if TYPE_CHECKING:
    from videoai.memory.estimate import Estimate

_SHARED = {*PARAMETERS, "preset", "like"}
"""The flags of generate that decide what a video needs."""

_DOES = {
    "look": "looking at the photo",
    "denoise": "denoising",
    "decode": "decoding frames",
    "frames": "drawing frames",
}


@click.command(epilog="Ends with 4 if the video does not fit.")
@click.argument("photo", metavar="PHOTO", type=click.Path(path_type=Path))
@click.option("--memory-limit", metavar="SIZE", help="What it may have, such as 5.3G. Default: 2/3 of all memory.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def estimate(photo: Path, memory_limit: str | None, as_json: bool, like: Path | None, **values: str | None) -> int:
    """Print the memory and the time that a video of PHOTO would take.

    And how it would be computed. Takes the flags of “generate”. If it does not fit, the nearest settings that do are
    named.
    """
    from videoai.generation import Request
    from videoai.memory.estimate import estimate_for

    given = {name: value for name in PARAMETERS if (value := values[name]) is not None}
    found = estimate_for(photo, Request(given=given, preset=values["preset"], like=like), _bytes(memory_limit))
    refusal = found.refusal()
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return 0 if refusal is None else refusal.exit_code
    _show(found)
    if refusal is not None:
        raise refusal
    return 0


estimate.params[1:1] = [parameter for parameter in generate.params if parameter.name in _SHARED]


def _bytes(text: str | None) -> int | None:
    kind = Amount()
    try:
        return None if text is None else kind.parse(text)
    except ValueError:
        raise BadInput(f"--memory-limit is “{text[:40] if text else ''}”, and must be {kind.describe()}.") from None


def _show(found: Estimate) -> None:
    from rich.console import Console
    from rich.table import Table

    settings, planned = found.settings, found.planned
    click.echo(
        f"{settings.width}×{settings.height}, {settings.frames} frames, {settings.steps} steps, model {settings.model}"
    )
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("Stage")
    for title in ("Memory", "Time"):
        table.add_column(title, justify="right")
    for stage in planned.stages:
        table.add_row(_DOES[stage.name], _gib(stage.peak_bytes), _duration(stage.seconds))
    table.add_row("all", _gib(planned.peak_bytes), _duration(planned.seconds), style="bold")
    Console().print(table)
    if settings.model != "draft":
        click.echo(f"Weights at {planned.bits} bits{_how(found)}.")
    verdict = click.style("Fits", fg="green") if planned.fits else click.style("Does not fit", fg="red")
    click.echo(f"{verdict}: {_gib(planned.peak_bytes)} of the {_gib(planned.budget_bytes)} that it may have.")


def _how(found: Estimate) -> str:
    plan = found.planned.plan
    words = [
        "the denoiser's are read from the disk at each pass" if plan.streamed else "",
        "frames wait in files while they are decoded" if plan.spill else "",
    ]
    return "".join(f"; {word}" for word in words if word)


def _gib(size: int) -> str:
    return f"{size / 2**30:.2f} GiB"


def _duration(seconds: float) -> str:
    """ "40 s", "12 min", "2 h 05 min": no more digits than an estimate has."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02d} min"
