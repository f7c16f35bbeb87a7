"""The rows of the jobs table: they become jobs, the beginning of an id finds one, and what is unsound is found."""

from __future__ import annotations

import json
import os
import re
import sqlite3
from collections.abc import Mapping
from typing import Any

from videoai.errors import JobUnknown
from videoai.history.database import Database, UnsoundRow
from videoai.history.job import ALPHABET, ID_LENGTH, JSON_COLUMNS, LAST_MOMENT, Job
from videoai.language import kept, say

IN_LINE = "state = 'queued' AND NOT foreground"
"""Of a job that whoever works through the queue may begin; others wait for one program."""

MAY_BEGIN = f"{IN_LINE} AND NOT (SELECT paused FROM counter)"  # noqa: S608
"""The same, unless the queue rests: see line.py."""

LISTED = "binned IS NULL"
"""Of a job that is not in the bin."""

_SELECT = f"""SELECT *, CASE WHEN {IN_LINE} THEN (
    SELECT count(*) FROM jobs AS ahead
    WHERE ahead.state = 'queued' AND NOT ahead.foreground AND ahead.position <= jobs.position
) END AS queue_position FROM jobs """  # noqa: S608

_IS_OBJECT = "coalesce(json_type(iif(json_valid({0}), {0}, 'null')), '') = 'object'"

_NUMBERS = ("position", "version", "attempt", "crash_count", "foreground", "favourite")
_NAMES = ("stage", "owner_started", "boot_id", "namespace", "host", "crashed_at")

_SOUND = " AND ".join(
    (
        f"typeof(id) = 'text' AND length(id) = {ID_LENGTH} AND id NOT GLOB '*[^{ALPHABET}]*'",
        "typeof(title) = 'text' AND typeof(coalesce(output, '')) IN ('text', 'blob')",
        f"typeof(created) IN ('real', 'integer') AND created BETWEEN 0 AND {LAST_MOMENT}",
        f"typeof(coalesce(binned, 0)) IN ('real', 'integer') AND coalesce(binned, 0) BETWEEN 0 AND {LAST_MOMENT}",
        *(f"typeof({name}) = 'integer'" for name in _NUMBERS),
        *(f"typeof(coalesce({name}, 0)) = 'integer'" for name in ("step", "total", "peak_bytes", "cancel_requested")),
        "typeof(coalesce(owner_pid, 0)) = 'integer'",
        *(f"typeof(coalesce({name}, '')) = 'text'" for name in _NAMES),
        *(
            f"typeof(coalesce({name}, 0)) IN ('real', 'integer') AND abs(coalesce({name}, 0)) < 1e15"
            for name in ("eta_seconds", "lease_until", "heard")
        ),
        *(_IS_OBJECT.format(name) for name in ("settings", "origin", "seconds")),
        *(f"({name} IS NULL OR {_IS_OBJECT.format(name)})" for name in ("plan", "reason", "worker")),
        "coalesce(json_type(iif(json_valid(notices), notices, 'null')), '') = 'array'",
        "NOT EXISTS (SELECT 1 FROM json_each(seconds) WHERE type NOT IN ('integer', 'real'))",
        "NOT EXISTS (SELECT 1 FROM json_each(notices) WHERE type NOT IN ('text', 'object'))",
        "coalesce(json_type(origin, '$.photo_id'), 'null') IN ('null', 'text')",
        "(reason IS NULL OR coalesce(json_type(reason, '$.message'), '') IN ('text', 'object'))",
    )
)
"""Of a row that could have been written so. AND looks no further where one is not."""

_UNSOUND = f"""SELECT 1 FROM jobs WHERE NOT ({_SOUND})
    UNION ALL SELECT 1 WHERE (SELECT count(*) FROM counter) != 1
    UNION ALL SELECT 1 FROM counter WHERE typeof(version) != 'integer' OR typeof(paused) != 'integer'
    UNION ALL SELECT 1 FROM removed WHERE typeof(id) != 'text' LIMIT 1"""  # noqa: S608
"""A query that finds a row if something was never written so."""

_TEXTS = ("id", "title", "stage", *JSON_COLUMNS)

_DOUBTFUL = re.compile(r'\\u[dD]|[0-9]{19}|[0-9][eE]|"text"')
_MANY_BRACKETS = 64


def _is_doubtful(text: str) -> bool:
    """Whether JSON that SQLite finds in order may yet be none of ours: see strict_json.py."""
    return text.count("[") + text.count("{") > _MANY_BRACKETS or _DOUBTFUL.search(text) is not None


_BEGINNING = re.compile(f"[{ALPHABET}]{{1,14}}")


def find(connection: sqlite3.Connection, query: str, values: Mapping[str, Any]) -> list[Job]:
    """The jobs that `query`, what follows FROM, finds. Raises UnsoundRow."""
    try:
        return [Job.from_row(row) for row in connection.execute(_SELECT + query, dict(values))]
    except (ValueError, TypeError) as error:
        raise UnsoundRow from error


def find_one(connection: sqlite3.Connection, id: str, short: bool = False) -> Job:
    """The job with this id, or with `short` whose id alone begins so. Raises JobUnknown, UnsoundRow."""
    # “~” comes after all characters of an id.
    query = "WHERE id >= :id AND id < :id || '~' ORDER BY id LIMIT 2" if short else "WHERE id = :id"
    found = find(connection, query, {"id": id}) if _BEGINNING.fullmatch(id) else []
    if len(found) == 1:
        return found[0]
    shown = "".join(c for c in id[:30] if c.isprintable())
    hint = say("Run “videoai jobs list” to see the ids.")
    if found:
        raise JobUnknown(
            say("Several jobs begin with “{id}”.", id=shown), say("Type more of the id. {hint}", hint=hint)
        )
    raise JobUnknown(say("There is no job “{id}”.", id=shown), hint)


def check(database: Database) -> None:
    """Raises HistoryDamaged if something is in there that was never written so."""
    database.check(_UNSOUND)
    with database.reading() as connection:
        # Reading the texts shows whether they are texts; those few that SQLite cannot judge are taken apart.
        doubtful = [
            row["id"]
            for row in connection.execute(f"SELECT {', '.join(_TEXTS)} FROM jobs")  # noqa: S608
            if any(_is_doubtful(row[name]) for name in JSON_COLUMNS if row[name] is not None)
        ]
        for id in doubtful:
            find_one(connection, id)


def to_json(value: object) -> str:
    """What a column with JSON holds. Bytes of a path that are no UTF-8 are escaped, as SQLite takes no halves."""
    text = json.dumps(kept(value), ensure_ascii=False, allow_nan=False)
    return text if is_utf8(text) else json.dumps(kept(value), allow_nan=False)


def to_path(path: str) -> str | bytes:
    """What a column with a path holds: its text, or its bytes if those are none."""
    return path if is_utf8(path) else os.fsencode(path)


def is_utf8(text: str) -> bool:
    """Whether it can be written as UTF-8; a path can hold what cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
