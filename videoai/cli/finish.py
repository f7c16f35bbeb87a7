"""videoai finish: a clip that is there, finished anew."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import click

from videoai.cli import completing
from videoai.cli.arguments import print_option
from videoai.cli.estimating import show_found
from videoai.cli.flags import GroupedCommand, given_of, options
from videoai.cli.report import report
from videoai.cli.screen import tell
from videoai.errors import (
    BadInput,
    BadOutput,
    BadSettings,
    BadVideo,
    JobConflict,
    JobUnknown,
    VideoAiError,
    WriteFailed,
)
from videoai.history.job import DONE
from videoai.language import say
from videoai.options import OPTIONS, RunOptions, check_options
from videoai.parameters import FINISHING, Problems
from videoai.settings import PARAMETERS

if TYPE_CHECKING:
    from videoai.cli.batch import Member
    from videoai.cli.running import Shown
    from videoai.history.store import JobStore
    from videoai.jobs.finishing import Subject

_EXAMPLES = """\b
Examples:
  videoai finish clip.mp4 --smooth 30 --enlarge 2
  videoai finish 1ngm5g --loop boomerang --output clip.gif
"""

# Those of the finishers, who are asked for them by a test: --help does not load what they compute with.
_ROWS = {name: row for name, row in PARAMETERS.items() if row.group == FINISHING or name == "compute"}
_OPTIONS = {name: OPTIONS[name] for name in ("output", "overwrite", "encoder", "memory_limit", "force", "gentle")}
_KNOWN = ("stem", "n")
"""What the name of a finished video can have in it."""


@click.command(cls=GroupedCommand, epilog=_EXAMPLES)
@click.argument(
    "clips", nargs=-1, metavar="CLIP…", shell_complete=completing.either(completing.jobs(DONE), completing.files)
)
@options([*_ROWS.values(), *_OPTIONS.values()])
@click.option("--dry-run", is_flag=True, help="Only show the memory and time it would take: see estimate.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object per video, and nothing else, on stdout.")
@print_option
@click.option("--quiet", "-q", is_flag=True, help="Don't show progress.")
@click.pass_context
def finish(
    ctx: click.Context,
    /,
    clips: tuple[str, ...],
    dry_run: bool,
    as_json: bool,
    printed: str | None,
    quiet: bool,
    **values: object,
) -> int:
    """Finish each CLIP: smooth it, enlarge it, let it loop.

    CLIP is a video file, or a job's id. No model runs: a video made here is finished from the frames that its model
    made, as long as they are kept, and else from those in the file. Sound is not kept.
    """
    from videoai.cli.running import how_shown
    from videoai.history.recovery import open_store
    from videoai.outputs import Output

    if not all(clips) or not clips:  # an empty one comes of a variable that is not set
        raise BadInput(say("You didn't name a video."), say("Add its path: videoai finish clip.mp4 --smooth 30"))
    given = given_of(_ROWS, values)
    if not given:
        raise BadInput(
            say("You didn't say how to finish the video."), say("Add for example --smooth 30 or --enlarge 2.")
        )
    problems = Problems()
    wanted = RunOptions(**check_options(_options(given_of(_OPTIONS, values)), problems))
    problems.raise_if_any()
    Output(wanted.output).check(len(clips), known=_KNOWN)
    store = open_store(lambda notice: tell(notice, err=True))
    found = [_found(store, clip, given, alone=len(clips) == 1) for clip in clips]
    if dry_run:
        return max(_estimate(each, given, wanted, as_json=as_json) for each in found)
    how = how_shown(wanted.output, as_json=as_json, quiet=quiet, printed=printed)
    return _make_all(store, list(zip(clips, found, strict=True)), given, wanted, ctx.obj["check_interrupt"], how)


def _options(given: Mapping[str, object]) -> dict[str, object]:
    """Those that were given, and what the config file says of how a video is computed: not where it goes, whose pattern
    is one for photos, nor what is done to it."""
    from videoai.config.values import read_config

    return read_config().options([name for name in _OPTIONS if name != "output"], given)


def _found(store: JobStore, clip: str, given: Mapping[str, object], *, alone: bool) -> Subject | VideoAiError:
    """What is to be finished, or why it cannot be. Raises that if it is the only one."""
    from videoai.jobs.finishing import find, finishing

    try:
        subject = find(store, clip)
        finishing(subject, given)
    except (BadVideo, JobUnknown, JobConflict, BadSettings) as error:  # a clip may be too short, or as smooth already
        if alone:
            raise
        return error
    return subject


def _estimate(found: Subject | VideoAiError, given: Mapping[str, object], wanted: RunOptions, *, as_json: bool) -> int:
    from videoai.jobs.finishing import finishing
    from videoai.memory.estimate import estimate
    from videoai.system.machine import Machine

    if isinstance(found, VideoAiError):
        return report(found, as_json=as_json)
    budget = Machine.now().budget if wanted.memory_limit is None else wanted.memory_limit
    return show_found(estimate(finishing(found, given), budget, given=found.source.clip), as_json=as_json)


def _make_all(
    store: JobStore,
    clips: Sequence[tuple[str, Subject | VideoAiError]],
    given: Mapping[str, object],
    wanted: RunOptions,
    check_interrupt: Callable[[object], None],
    how: Shown,
) -> int:
    """All as the videos of one call; return the exit code."""
    from videoai.cli.batch import Batch, Member, tell_none_began
    from videoai.history.job import new_id
    from videoai.jobs.submit import take_back

    ids = [new_id(time.time()) for _ in clips]
    places = _places([subject for _, subject in clips if not isinstance(subject, VideoAiError)], wanted, how)
    batch = None
    try:
        batch = Batch(store, list(_members(store, clips, ids, given, places, quiet=how.quiet)), how)
        return batch.run(check_interrupt)
    except BaseException as error:
        if batch is None or not batch.begun:
            for id in ids:
                take_back(store, id)
            taken_back = [Member(index, clip, clip, source="clip") for index, (clip, _) in enumerate(clips, start=1)]
            tell_none_began(taken_back, error, how)
        raise


class _Place(NamedTuple):
    """Where the `number`th video goes, or what is `there` and stays."""

    number: int
    options: RunOptions
    there: Path | None = None


def _places(subjects: Sequence[Subject], wanted: RunOptions, how: Shown) -> list[_Place]:
    """Of each of them. Raises BadOutput if a video would take the place of what nobody has agreed to replace."""
    from videoai.cli.asking import can_ask
    from videoai.cli.overwriting import Taken, agree
    from videoai.formats import FRAMES
    from videoai.naming import ToName, told_apart
    from videoai.outputs import Output

    outputs = told_apart([ToName(Output(wanted.output), subject.path) for subject in subjects])
    named = enumerate(zip(outputs, subjects, strict=True), start=1)
    taken = [output.taken(subject.path, number, None) for number, (output, subject) in named]
    folder = Output(wanted.output).suffix() == FRAMES
    agree([Taken(path, wanted.overwrite, folder) for path in taken if path], may_ask=can_ask(how.as_json, how.quiet))
    places = []
    for number, (output, path) in enumerate(zip(outputs, taken, strict=True), start=1):
        stays = path if wanted.overwrite is False else None
        overwrite = bool(path) or wanted.overwrite
        places.append(_Place(number, replace(wanted, output=output.pattern, overwrite=overwrite), stays))
    return places


def _members(
    store: JobStore,
    clips: Sequence[tuple[str, Subject | VideoAiError]],
    ids: Sequence[str],
    given: Mapping[str, object],
    places: Sequence[_Place],
    *,
    quiet: bool,
) -> Iterator[Member]:
    """Each with its job in the queue, or with why it has none."""
    from videoai.batch.outcome import FAILED, SKIPPED, Asked, Outcome
    from videoai.cli.batch import Member
    from videoai.history.owner import Owner
    from videoai.jobs.finishing import finishing, submit_finishing
    from videoai.outputs import Output

    remaining = iter(places)
    together = {"batch": ids[0], "sheets": []} if len(clips) > 1 else {}
    for index, ((clip, subject), id) in enumerate(zip(clips, ids, strict=True), start=1):
        title = Path(clip).name if isinstance(subject, VideoAiError) else subject.title
        if len(clips) > 1:
            title = say("{name} ({number} of {count})", name=title, number=index, count=len(clips))
        if isinstance(subject, VideoAiError):
            yield Member(index, clip, title, ended=Outcome(FAILED, subject), source="clip")
            continue
        place = next(remaining)
        options = place.options
        if place.there is not None:
            yield Member(index, clip, title, ended=Outcome(SKIPPED, there=place.there), source="clip")
            continue
        for notice in () if quiet else subject.notices:
            tell(notice, err=True)
        try:
            submit_finishing(
                store, subject, given, options, number=place.number, id=id, origin=together, keeper=Owner.this_process()
            )
        except (BadOutput, WriteFailed) as error:
            yield Member(index, clip, title, ended=Outcome(FAILED, error), source="clip")
            continue
        asked = Asked(finishing(subject, given), options.memory_limit, subject.source.clip)
        relative = Output(options.output).is_relative()
        yield Member(index, clip, title, id, asked, relative=relative, source="clip")
