"""videoai generate: photos in, videos out."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from videoai.cli.estimating import show_estimate
from videoai.cli.flags import GroupedCommand, given_of, options
from videoai.cli.report import report
from videoai.cli.screen import tell
from videoai.errors import BadInput, BadPhoto, Postponed
from videoai.language import say
from videoai.options import OPTIONS
from videoai.settings import PARAMETERS
from videoai.system.offline import close

if TYPE_CHECKING:
    from videoai.request import Request

_EXAMPLES = """\b
Examples:
  videoai photo.jpg --model draft
  videoai photo.jpg --steps 25 --frames 20 --motion 80
  videoai photo.jpg --width 448 --height 256 --frames 10 --steps 15
  videoai holiday/ --model draft --output 'clips/{stem}.mp4'
  videoai photo.jpg --like earlier.mp4 --motion 60
"""


@click.command(cls=GroupedCommand, epilog=_EXAMPLES)
@click.argument("photos", nargs=-1, metavar="PHOTO…", type=click.Path())
@options([*PARAMETERS.values(), *OPTIONS.values()])
@click.option("--dry-run", is_flag=True, help="Only show the memory and time it would take: see estimate.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per video, and nothing else, on stdout.")
@click.option("--quiet", "-q", is_flag=True, help="Don't show progress.")
@click.pass_context
def generate(
    ctx: click.Context,
    /,
    photos: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    **values: object,
) -> int:
    """Make a video of each PHOTO, or of each photo in a folder.

    The settings come from the preset, or from the video named by --like; options you add override them.
    """
    from videoai.request import Request

    if not all(photos) or not photos:  # an empty one comes of a variable that is not set
        raise BadInput(say("You didn't name a photo."), say("Add its path: videoai photo.jpg --model draft"))
    request = Request.of(given_of(PARAMETERS, values), given_of(OPTIONS, values))
    paths = _expand([Path(photo) for photo in photos])
    request.check(len(paths))
    if request.offline:
        close()
    if dry_run:
        return max(show_estimate(path, request, as_json=as_json) for path in paths)
    return _make_all(paths, request, ctx.obj["check_interrupt"], as_json=as_json, quiet=quiet)


def _make_all(
    paths: list[Path],
    request: Request,
    check_interrupt: Callable[[object], None],
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """One video after the other. A photo that cannot be used is reported and the others still get theirs."""
    from videoai.cli.progress import progress
    from videoai.cli.running import Shown, run_job, tell_how_to_go_on
    from videoai.history.job import new_id
    from videoai.history.recovery import open_store
    from videoai.jobs.submit import submit
    from videoai.outputs import Output
    from videoai.system.paths import expanded

    exit_code = 0
    outputs = Output(request.output).of_each(paths)
    if len(set(outputs)) > 1 and not quiet:
        tell(say("Some videos would have the same name, so VideoAi numbers them."), err=True)
    store = open_store(lambda notice: tell(notice, err=True))
    for number, (path, output) in enumerate(zip(paths, outputs, strict=True), start=1):
        began = time.monotonic()
        title = path.name
        if len(paths) > 1:
            title = say("{name} ({number} of {count})", name=path.name, number=number, count=len(paths))
        id = new_id(time.time())
        try:
            with progress(title, quiet=quiet) as show:
                submit(store, path, replace(request, output=output.pattern), show, number=number, id=id)
            prepared = {"photo": time.monotonic() - began}
            relative = request.output is not None and not expanded(request.output).is_absolute()
            shown = Shown(title, as_json=as_json, quiet=quiet, relative=relative, prepared=prepared)
            if code := run_job(store, id, shown, check_interrupt):
                return code  # it was cancelled
        except BadPhoto as error:
            exit_code = report(error, as_json=as_json)
            continue  # any other error would befall the next photo too
        except (KeyboardInterrupt, Postponed) as error:
            tell_how_to_go_on(store, id, error)
            raise
    return exit_code


def _expand(photos: Sequence[Path]) -> list[Path]:
    """The photos named, and those in the folders named, in the order of their names."""
    from videoai.media.photo import SUFFIXES

    paths: list[Path] = []
    for photo in photos:
        if os.path.isdir(photo):  # which a name that is too long is not
            found = sorted(p for p in photo.iterdir() if p.suffix.lower() in SUFFIXES and not p.name.startswith("."))
            if not found:
                raise BadPhoto(
                    say("There are no photos in {folder}.", folder=photo),
                    say("VideoAi reads files that end in {names}.", names=", ".join(SUFFIXES)),
                )
            paths += found
        else:
            paths.append(photo)
    return paths
