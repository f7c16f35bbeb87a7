"""generate --dry-run: what the videos of a call would take, one as “estimate” shows it, several in a table."""

from __future__ import annotations

from collections.abc import Sequence

from videoai.batch.listed import refuse
from videoai.batch.total import Cost, Total, cost_of
from videoai.batch.wanted import WantedVideo
from videoai.cli.estimating import show_estimate
from videoai.cli.preparing import problem_of, read_photos
from videoai.cli.progress import progress
from videoai.cli.report import report
from videoai.cli.screen import tell_json, tell_table
from videoai.errors import NotEnoughMemory, VideoAiError
from videoai.finishing.registry import video_clip
from videoai.language import printable, say, shown
from videoai.outputs import Output
from videoai.settings import GenerationSettings
from videoai.system.machine import Machine
from videoai.system.units import duration, size


def show_estimates(videos: Sequence[WantedVideo], list_name: str | None, *, as_json: bool) -> int:
    """Print what each would take, and all together; return the exit code.

    Raises NotEnoughMemory if some do not fit, BadList for what is wrong with the rows of a list.
    """
    if len(videos) == 1 and list_name is None:
        return show_estimate(videos[0].photo, videos[0].request, as_json=as_json)
    found, code = _read(videos, list_name, as_json=as_json)
    if not found:
        return code
    budget = Machine.now().budget
    costs = [
        cost_of(settings, Output(video.request.output).suffix(), video.request, budget) for _, video, settings in found
    ]
    targets = [
        next(Output(video.request.output).names(video.photo, index, settings))[0] for index, video, settings in found
    ]
    total = Total(costs, targets)
    if as_json:
        for (index, video, _), cost in zip(found, costs, strict=True):
            tell_json(cost.to_dict() | {"index": index, "photo": video.name})
        tell_json({"total": total.to_dict()})
        return code or (NotEnoughMemory.exit_code if total.unfit else 0)
    _show(found, costs, total)
    if total.unfit:
        raise _refusal(total)
    total.check_room()
    return code


def _read(
    videos: Sequence[WantedVideo], list_name: str | None, *, as_json: bool
) -> tuple[list[tuple[int, WantedVideo, GenerationSettings]], int]:
    """Those whose photo can be read, with their numbers; and the exit code that the others come to."""
    found, problems, code = [], [], 0
    with progress(say("{count} videos", count=len(videos)), quiet=as_json) as show:
        for index, read in enumerate(read_photos(videos, show), start=1):
            if read.opened is not None:
                found.append((index, read.video, read.opened[1]))
            elif read.error is not None and list_name is not None:
                problems.append(problem_of(read.video, read.error))
            elif read.error is not None:
                code = report(read.error, as_json=as_json)
    refuse(list_name or "", problems)
    return found, code


def _show(found: Sequence[tuple[int, WantedVideo, GenerationSettings]], costs: Sequence[Cost], total: Total) -> None:
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("", justify="right")
    table.add_column(shown(say("Photo")), overflow="fold")
    for title in (say("Seed"), say("Size"), say("Frames"), say("Memory"), say("Time"), say("On the disk")):
        table.add_column(shown(title), justify="right")
    for (index, video, settings), cost in zip(found, costs, strict=True):
        planned, clip = cost.estimate.planned, video_clip(settings)
        memory = size(planned.peak_bytes)
        table.add_row(
            str(index),
            Text(printable(video.photo.name)),  # brackets in a name are no markup
            str(settings.seed) if video.seed is not None else "–",
            f"{clip.width}×{clip.height}",
            str(clip.frames),
            *shown([memory if planned.fits else say("{memory}, too much", memory=memory)]),
            *shown([duration(cost.seconds), size(cost.file_bytes)]),
            style=None if planned.fits else "red",
        )
    whole = max(cost.estimate.planned.peak_bytes for cost in costs)
    sums = shown([size(whole), duration(total.seconds), size(total.file_bytes)])
    table.add_row("", shown(say("total")), "", "", "", *sums, style="bold")
    tell_table(table)


def _refusal(total: Total) -> VideoAiError:
    """What to say of those that do not fit, with the way out of the first of them."""
    refusal = total.costs[total.unfit[0]].estimate.refusal()
    hint = refusal.hint if refusal else ""
    return NotEnoughMemory(
        say("{count} of {all} videos do not fit in memory.", count=len(total.unfit), all=len(total.costs)), hint
    )
