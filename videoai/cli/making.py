"""From what a command line asks for to videos: every photo is read, all that it comes to is said, then it begins."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from videoai.batch.listed import refuse
from videoai.batch.outcome import FAILED, SKIPPED, Asked, Outcome
from videoai.batch.sheet import Sheet
from videoai.batch.total import Cost, Total, cost_of
from videoai.batch.wanted import WantedVideo
from videoai.cli.asking import can_ask
from videoai.cli.batch import Batch, Member, tell_none_began, write_sheets
from videoai.cli.overwriting import agreed_to
from videoai.cli.preparing import Ready, prepare_all, problem_of
from videoai.cli.progress import progress
from videoai.cli.running import Shown
from videoai.cli.screen import tell
from videoai.history.cleanup import clean_bin
from videoai.history.job import new_id
from videoai.history.owner import Owner
from videoai.history.recovery import open_store
from videoai.jobs.submit import take_back
from videoai.language import say
from videoai.outputs import Output
from videoai.system.machine import Machine


def make_all(
    videos: Sequence[WantedVideo],
    list_name: str | None,
    sheets: Sequence[Sheet],
    overwrite: bool | None,
    check_interrupt: Callable[[object], None],
    how: Shown,
) -> int:
    """Make the videos, of a list or not, and the sheets of them, which may `overwrite` what is there; return the exit
    code. Raises VideoAiError for what lets none of them begin."""
    if any(video.numbered for video in videos) and not how.quiet:
        tell(say("Some videos would have the same name, so VideoAi numbers them."), err=True)
    for sheet in sheets:
        sheet.check([video.photo for video in videos])
    videos, sheets = agreed_to(videos, list_name, sheets, overwrite, can_ask(how.as_json, how.quiet))
    store = open_store(lambda notice: tell(notice, err=True))
    clean_bin(store, time.time())
    ids: list[str] = []
    batch = None
    try:
        together = {"batch": new_id(time.time()), "sheets": [str(sheet.target.absolute()) for sheet in sheets]}
        ready = _prepared(videos, list_name, together if len(videos) > 1 else {}, ids, how)
        batch = Batch(store, _members(ready), how)
        for each in ready:
            if each.prepared is not None:
                each.prepared.queue(store, Owner.this_process())
        code = batch.run(check_interrupt)
    except BaseException as error:
        if batch is None or not batch.begun:
            for id in ids:
                take_back(store, id)
            names = [video.name for video in videos]
            tell_none_began([Member(index, name, name) for index, name in enumerate(names, start=1)], error, how)
        raise
    if sheets:
        write_sheets(sheets, batch.done(), how)
    return code


def _prepared(
    videos: Sequence[WantedVideo], list_name: str | None, origin: dict[str, Any], ids: list[str], how: Shown
) -> list[Ready]:
    """The jobs, in their folders. Raises BadList for all that is wrong with the rows of a list, WriteFailed where a
    disk has no room for what they make."""
    title = videos[0].photo.name if len(videos) == 1 else say("{count} videos", count=len(videos))
    with progress(title, quiet=how.quiet) as show:
        ready = list(prepare_all(videos, origin, ids, show))
    if list_name is not None:
        refuse(list_name, [problem_of(each.video, each.error) for each in ready if each.error is not None])
    found = [each for each in ready if each.prepared is not None]
    if len(found) > 1:
        budget = Machine.now().budget
        total = Total([_cost(each, budget) for each in found], [_target(each) for each in found])
        if not how.quiet:
            tell(total.sentence(), err=True)
        if not all(video.request.force for video in videos):
            total.check_room()
    return ready


def _cost(ready: Ready, budget: int) -> Cost:
    task = ready.prepared.wanted.task  # type: ignore[union-attr]  # only of those that are ready
    return cost_of(task.settings, task.suffix, ready.video.request, budget)


def _target(ready: Ready) -> Path:
    wanted = ready.prepared.wanted  # type: ignore[union-attr]
    names = Output(wanted.output).names(ready.video.photo, wanted.number, wanted.task.settings)
    return next(names)[0]


def _members(ready: Sequence[Ready]) -> list[Member]:
    """What the batch is told of each."""
    photos = Counter(each.video.photo for each in ready)
    members = []
    for index, each in enumerate(ready, start=1):
        video, prepared = each.video, each.prepared
        asked = None
        if prepared is not None:
            asked = Asked(prepared.wanted.task.settings, prepared.wanted.task.memory_limit)
        title = video.photo.name
        if photos[video.photo] > 1 and asked is not None:
            title = say("{name}, seed {seed}", name=title, seed=str(asked.settings.seed))
        if len(ready) > 1:
            title = say("{name} ({number} of {count})", name=title, number=index, count=len(ready))
        member = Member(
            index,
            video.name,
            title,
            None if prepared is None else prepared.id,
            asked,
            _ended(each),
            relative=Output(video.request.output).is_relative(),
            prepared={"photo": each.seconds},
        )
        members.append(member)
    return members


def _ended(ready: Ready) -> Outcome | None:
    """Why there is no job, if there is none."""
    if ready.video.there is not None:
        return Outcome(SKIPPED, there=ready.video.there)
    return Outcome(FAILED, ready.error) if ready.error else None
