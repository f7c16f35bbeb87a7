"""resume --output: another place for the videos of jobs that go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from videoai.cli.asking import can_ask
from videoai.cli.overwriting import Taken, agree
from videoai.cli.running import Shown
from videoai.formats import FRAMES
from videoai.history.job import Job
from videoai.history.task import Submission
from videoai.jobs.redirecting import Place, asked_of, redirect
from videoai.naming import ToName, told_apart
from videoai.outputs import Output


def redirect_all(jobs: Sequence[Job], pattern: str | None, overwrite: bool | None, how: Shown) -> dict[str, Path]:
    """Let their videos go there; by the ids of the others, what is there already in their place, and stays.

    Without a pattern, each goes where it was to go. Raises BadOutput if nobody agrees to what would be replaced,
    JobConflict, WriteFailed.
    """
    wanted = [asked_of(job) for job in jobs]
    places = [(Output(each.output), each.number) for each in wanted]
    if pattern is not None:
        Output(pattern).check(len(jobs))
        outputs = told_apart([ToName(Output(pattern), Path(each.photo), _seed(each)) for each in wanted])
        places = [(output, number) for number, output in enumerate(outputs, start=1)]
    taken = [_taken(each, *place, overwrite) for each, place in zip(wanted, places, strict=True)]
    agree([each for each in taken if each is not None], may_ask=can_ask(how.as_json, how.quiet))
    stays = {}
    for job, each, place, there in zip(jobs, wanted, places, taken, strict=True):
        if there is not None and overwrite is False:
            stays[job.id] = there.path
        else:
            redirect(job, each, Place(*place, overwrite=there is not None or overwrite is True))
    return stays


def _taken(wanted: Submission, output: Output, number: int, overwrite: bool | None) -> Taken | None:
    there = output.taken(Path(wanted.photo), number, _seed(wanted))
    return None if there is None else Taken(there, overwrite, output.suffix() == FRAMES)


def _seed(wanted: Submission) -> int | None:
    return None if wanted.task.names is None else wanted.task.names.seed
