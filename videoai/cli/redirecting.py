"""resume --output: another place for the videos of jobs that go on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from videoai.batch.outcome import SKIPPED
from videoai.cli.asking import can_ask
from videoai.cli.overwriting import Taken, agree
from videoai.cli.running import Shown
from videoai.cli.screen import tell, tell_json
from videoai.formats import FRAMES
from videoai.history.job import Job
from videoai.history.task import Submission
from videoai.jobs.redirecting import Place, asked_of, redirect
from videoai.language import say
from videoai.naming import ToName, told_apart
from videoai.outputs import Output


def redirected(jobs: Sequence[Job], pattern: str | None, overwrite: bool | None, how: Shown) -> list[Job]:
    """Those of them that go on: all but those whose video is there already, and stays.

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
    left = []
    for job, each, place, there in zip(jobs, wanted, places, taken, strict=True):
        if there is not None and overwrite is False:
            _tell_skipped(job, there.path, as_json=how.as_json)
            continue
        redirect(job, each, Place(*place, overwrite=there is not None or overwrite is True))
        left.append(job)
    return left


def _tell_skipped(job: Job, there: Path, *, as_json: bool) -> None:
    if as_json:
        tell_json({"job": job.id, "state": SKIPPED, "path": str(there)})
    else:
        tell(say("{path} already exists, so this video is skipped.", path=there), err=True)


def _taken(wanted: Submission, output: Output, number: int, overwrite: bool | None) -> Taken | None:
    there = output.taken(Path(wanted.photo), number, _seed(wanted))
    return None if there is None else Taken(there, overwrite, output.suffix() == FRAMES)


def _seed(wanted: Submission) -> int | None:
    return None if wanted.task.names is None else wanted.task.names.seed
