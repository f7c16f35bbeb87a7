"""What an estimate looks like on the screen, for “estimate” and for “generate --dry-run”."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from videoai.cli.screen import tell, tell_json, tell_table
from videoai.language import joined, say, shown
from videoai.system.units import duration, size

if TYPE_CHECKING:
    from videoai.memory.estimate import Estimate
    from videoai.request import Request


def show_estimate(photo: Path, request: Request, *, as_json: bool) -> int:
    """Print the estimate and return the exit code. Raises NotEnoughMemory if it does not fit, unless `as_json`."""
    from videoai.request import estimate_for

    return show_found(estimate_for(photo, request, request.memory_limit), as_json=as_json)


def show_found(found: Estimate, *, as_json: bool) -> int:
    """Print what was found, as `show_estimate` does."""
    refusal = found.refusal()
    if as_json:
        tell_json(found.to_dict())
        return 0 if refusal is None else refusal.exit_code
    _show(found)
    if refusal is not None:
        raise refusal
    return 0


def _show(found: Estimate) -> None:
    from rich.table import Table

    from videoai.finishing.registry import parameters_of, stage_title, video_clip

    settings, planned = found.settings, found.planned
    clip = video_clip(settings, found.given)
    what = {"width": clip.width, "height": clip.height, "frames": clip.frames, "model": settings.model}
    if found.given is not None:
        tell(say("{width}×{height}, {frames} frames", **what))
    elif "steps" in parameters_of(settings.model):
        tell(say("{width}×{height}, {frames} frames, {steps} steps, model {model}", steps=settings.steps, **what))
    else:
        tell(say("{width}×{height}, {frames} frames, model {model}", **what))
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column(shown(say("Stage")))
    for title in (say("Memory"), say("Time")):
        table.add_column(shown(title), justify="right")
    for stage in planned.stages:
        table.add_row(
            *shown([stage_title(stage.name), size(stage.peak_bytes), duration(stage.seconds) if stage.seconds else "–"])
        )
    table.add_row(*shown([say("total"), size(planned.peak_bytes), duration(planned.seconds)]), style="bold")
    tell_table(table)
    if how := list(planned.plan.describe(settings)):
        tell(say("Method: {how}.", how=joined("; ", how)))
    if found.remark is not None:
        tell(found.remark)
    verdict, colour = (say("Fits"), "green") if planned.fits else (say("Does not fit"), "red")
    peak, budget = size(planned.peak_bytes), size(planned.budget_bytes)
    whole = shown(say("{verdict}: needs {peak}, {budget} available.", verdict=verdict, peak=peak, budget=budget))
    click.echo(click.style(shown(verdict), fg=colour) + whole.removeprefix(shown(verdict)))
