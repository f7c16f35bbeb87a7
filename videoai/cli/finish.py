"""videoai finish: a clip that is there, finished anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from videoai.cli.estimating import show_found
from videoai.cli.flags import GroupedCommand, given_of, options
from videoai.cli.report import report
from videoai.cli.screen import tell
from videoai.errors import (
    BadInput,
    BadSettings,
    BadVideo,
    JobConflict,
    JobUnknown,
    Postponed,
    VideoAiError,
)
from videoai.language import say
from videoai.options import OPTIONS, RunOptions, check_options
from videoai.parameters import FINISHING, Problems
from videoai.settings import PARAMETERS

if TYPE_CHECKING:
    from videoai.history.store import JobStore
    from videoai.jobs.finishing import Subject

_EXAMPLES = """\b
Examples:
  videoai finish clip.mp4 --smooth 30 --enlarge 2
  videoai finish 1ngm5g --loop boomerang --output clip.gif
"""

# Those of the finishers, who are asked for them by a test: --help does not load what they compute with.
_ROWS = {name: row for name, row in PARAMETERS.items() if row.group == FINISHING or name == "compute"}
_OPTIONS = {name: OPTIONS[name] for name in ("output", "encoder", "memory_limit", "force", "gentle")}
_KNOWN = ("stem", "n")
"""What the name of a finished video can have in it."""


@click.command(cls=GroupedCommand, epilog=_EXAMPLES)
@click.argument("clips", nargs=-1, metavar="CLIP…")
@options([*_ROWS.values(), *_OPTIONS.values()])
@click.option("--dry-run", is_flag=True, help="Only show the memory and time it would take: see estimate.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per video, and nothing else, on stdout.")
@click.option("--quiet", "-q", is_flag=True, help="Don't show progress.")
@click.pass_context
def finish(
    ctx: click.Context,
    /,
    clips: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    quiet: bool,
    **values: object,
) -> int:
    """Finish each CLIP: smooth it, enlarge it, let it loop.

    CLIP is a video file, or a job's id. No model runs: a video made here is finished from the frames that its model
    made, as long as they are kept, and else from those in the file. Sound is not kept.
    """
    from videoai.history.recovery import open_store
    from videoai.jobs.finishing import find, finishing
    from videoai.outputs import Output

    if not all(clips) or not clips:  # an empty one comes of a variable that is not set
        raise BadInput(say("You didn't name a video."), say("Add its path: videoai finish clip.mp4 --smooth 30"))
    given = given_of(_ROWS, values)
    if not given:
        raise BadInput(
            say("You didn't say how to finish the video."), say("Add for example --smooth 30 or --enlarge 2.")
        )
    problems = Problems()
    wanted = RunOptions(**check_options(given_of(_OPTIONS, values), problems))
    problems.raise_if_any()
    Output(wanted.output).check(len(clips), known=_KNOWN)
    store = open_store(lambda notice: tell(notice, err=True))
    subjects, exit_code = [], 0
    for clip in clips:
        try:
            subject = find(store, clip)
            finishing(subject, given)
            subjects.append(subject)
        except (BadVideo, JobUnknown, JobConflict) as error:
            if len(clips) == 1:
                raise
            exit_code = report(error, as_json=as_json)
        except BadSettings as error:  # of this clip: it is too short, say, or as smooth already
            if len(clips) == 1:
                raise
            told = say("{title}: {message}", title=subject.title, message=error.message)
            exit_code = report(BadSettings(told, error.hint), as_json=as_json)
    if dry_run:
        return max([exit_code, *(_estimate(subject, given, wanted, as_json=as_json) for subject in subjects)])
    made = _make_all(store, subjects, given, wanted, ctx.obj["check_interrupt"], as_json=as_json, quiet=quiet)
    return made or exit_code


def _estimate(subject: Subject, given: dict[str, object], wanted: RunOptions, *, as_json: bool) -> int:
    from videoai.jobs.finishing import finishing
    from videoai.memory.estimate import estimate
    from videoai.system.machine import Machine

    budget = Machine.now().budget if wanted.memory_limit is None else wanted.memory_limit
    return show_found(estimate(finishing(subject, given), budget, given=subject.source.clip), as_json=as_json)


def _make_all(
    store: JobStore,
    subjects: Sequence[Subject],
    given: dict[str, object],
    wanted: RunOptions,
    check_interrupt: Callable[[object], None],
    *,
    as_json: bool,
    quiet: bool,
) -> int:
    """One after the other: one that fails does not stop those after it. The exit code is the last failure's."""
    from videoai.cli.running import Shown, run_job, tell_how_to_go_on
    from videoai.history.job import new_id
    from videoai.jobs.finishing import submit_finishing
    from videoai.naming import ToName, told_apart
    from videoai.outputs import Output
    from videoai.system.paths import expanded

    outputs = told_apart([ToName(Output(wanted.output), subject.path) for subject in subjects])
    exit_code = 0
    for number, (subject, output) in enumerate(zip(subjects, outputs, strict=True), start=1):
        title = subject.title
        if len(subjects) > 1:
            title = say("{name} ({number} of {count})", name=title, number=number, count=len(subjects))
        if not quiet:
            for notice in subject.notices:
                tell(notice, err=True)
        id = new_id(time.time())
        try:
            submit_finishing(store, subject, given, replace(wanted, output=output.pattern), number=number, id=id)
            relative = wanted.output is not None and not expanded(wanted.output).is_absolute()
            if code := run_job(store, id, Shown(title, as_json, quiet, relative), check_interrupt):
                return code  # it was cancelled
        except (KeyboardInterrupt, Postponed) as error:
            tell_how_to_go_on(store, id, error)
            raise
        except VideoAiError as error:
            if len(subjects) == 1:
                raise
            told = say("{title}: {message}", title=subject.title, message=error.message)
            exit_code = report(type(error)(told, error.hint), as_json=as_json)
    return exit_code
