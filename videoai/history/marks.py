"""What people say of their clips: what one is called, and that it is a favourite."""

from __future__ import annotations

from videoai.errors import BadInput
from videoai.history.job import Job
from videoai.history.rows import find_one
from videoai.history.store import JobStore
from videoai.language import say
from videoai.outputs import TITLE_LENGTH, one_line


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
        return find_one(connection, job.id)


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
