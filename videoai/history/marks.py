"""What people say of their clips: what one is called, that it is a favourite, that it belongs into the bin.

The history has it; the folder of the job has it too, for a history that has to be begun anew.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from pathlib import Path

from videoai.errors import BadInput, WriteFailed
from videoai.history.folder import MARKS
from videoai.history.job import Job
from videoai.history.rows import find_one
from videoai.history.store import JobStore
from videoai.language import say
from videoai.outputs import TITLE_LENGTH, one_line
from videoai.system import paths
from videoai.system.files import whole_file
from videoai.system.strict_json import read_json

_log = logging.getLogger("videoai")


@dataclass(frozen=True, slots=True)
class Marks:
    """Those that the folder of a job has; no title where nobody has given it one."""

    title: str | None = None
    favourite: bool = False
    binned: bool = False


def note(job: Job) -> None:
    """Let the folder of a job have what the history says of it."""
    folder = paths.job_folder(job.id)
    if not folder.is_dir():  # somebody has deleted it
        return
    try:
        with whole_file(folder / MARKS, replace=True) as part:
            marks = {"title": job.title, "favourite": job.favourite, "binned": job.binned is not None}
            part.write_text(json.dumps(marks), "utf-8")
    except WriteFailed as error:  # the history has it
        _log.warning("%s %s", error.message, error.hint)


def noted(folder: Path) -> Marks:
    """What the folder of a job has; nothing where that cannot be read."""
    try:
        found = read_json((folder / MARKS).read_text("utf-8"))
        return Marks(one_line(found["title"])[:TITLE_LENGTH], found["favourite"] is True, found["binned"] is True)
    except (OSError, ValueError, TypeError, KeyError):
        return Marks()


def mark(store: JobStore, id: str, *, title: str | None = None, favourite: bool | None = None) -> Job:
    """Give the job with just this id another title, or make it a favourite, or none; None leaves it as it is.

    The video's file keeps its name. Raises JobUnknown, BadInput, WriteFailed.
    """
    named = None if title is None else _checked(title)
    with store.database.writing() as connection:
        job = find_one(connection, id)
        connection.execute(
            "UPDATE jobs SET title = coalesce(?, title), favourite = coalesce(?, favourite) WHERE id = ?",
            (named, favourite, job.id),
        )
        job = find_one(connection, job.id)
    note(job)
    return job


def _checked(title: str) -> str:
    """One printable line. Raises BadInput."""
    clean = one_line(" ".join(title.split()))
    if not clean:
        raise BadInput(say("A clip needs a name."), say("Type at least one letter or number."))
    if len(clean) > TITLE_LENGTH:
        raise BadInput(
            say("This name is too long: {count} characters.", count=len(clean)),
            say("Use at most {count}.", count=TITLE_LENGTH),
        )
    return clean
