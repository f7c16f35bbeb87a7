"""Another place for the video of a job that is not done: the first one was wrong, or its disk is gone."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from videoai.errors import JobConflict
from videoai.formats import check_encoder
from videoai.history.job import RUNNING, Job
from videoai.history.publishing import Publication
from videoai.history.task import Submission
from videoai.language import say
from videoai.outputs import Output
from videoai.system import paths


@dataclass(frozen=True, slots=True)
class Place:
    """Where a video is to go: the `number`th of a call, and whether it may `overwrite` what is there."""

    output: Output
    number: int
    overwrite: bool


def asked_of(job: Job) -> Submission:
    """What was asked for. Raises JobConflict if the job is running, which nothing can be told; VideoAiError."""
    if job.state == RUNNING:
        raise JobConflict(
            say("Job {id} is running, and its video goes where it was to go.", id=job.id),
            say("To stop it first: videoai jobs cancel {id}", id=job.id),
        )
    return Submission.read(paths.job_folder(job.id))


def redirect(job: Job, wanted: Submission, place: Place) -> None:
    """Let the video of a job, as it was `wanted`, go to another place. If that is another kind of file, it is encoded
    anew, from the model's frames as far as they are kept.

    Raises BadOutput, WriteFailed.
    """
    output = place.output
    check_encoder(wanted.task.encoder, output.suffix())
    output.check_writable(Path(wanted.photo), place.number, wanted.task.names)
    folder = paths.job_folder(job.id)
    if output.suffix() != wanted.task.suffix:
        Publication(folder).encode_anew()
    task = replace(wanted.task, suffix=output.suffix())
    pattern = output.absolute().pattern
    replace(wanted, task=task, output=pattern, number=place.number, overwrite=place.overwrite).write(folder)
