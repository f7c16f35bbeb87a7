"""What an estimate looks like on the screen, for “estimate” and for “generate --dry-run”."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from videoai.errors import BadInput
from videoai.memory.amounts import Amount

if TYPE_CHECKING:
    from videoai.memory.estimate import Estimate
    from videoai.request import Request

_DOES = {
    "look": "looking at the photo",
    "denoise": "denoising",
    "decode": "decoding frames",
    "frames": "drawing frames",
}


def bytes_of(memory_limit: str | None) -> int | None:
    """The value of --memory-limit. Raises BadInput."""
    kind = Amount()
    try:
        return None if memory_limit is None else kind.parse(memory_limit)
    except ValueError:
        raise BadInput(
            f"--memory-limit is “{(memory_limit or '')[:40]}”, and must be {kind.describe()}.", "For example 5.3G."
        ) from None


def show_estimate(photo: Path, request: Request, *, as_json: bool) -> int:
    """Print the estimate and return the exit code. Raises NotEnoughMemory if it does not fit, unless `as_json`."""
    from videoai.memory.estimate import estimate_for

    found = estimate_for(photo, request, request.memory_limit)
    refusal = found.refusal()
    if as_json:
        click.echo(json.dumps(found.to_dict(), ensure_ascii=False))
        return 0 if refusal is None else refusal.exit_code
    _show(found)
    if refusal is not None:
        raise refusal
    return 0


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
