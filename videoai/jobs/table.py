"""Reading the jobs table: rows become jobs, and the beginning of an id a job."""

from __future__ import annotations

import json
import os
import re
import sqlite3
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from videoai.errors import JobUnknown
from videoai.jobs.database import Database, damaged
from videoai.jobs.job import ALPHABET, Job
from videoai.language import kept, say

_SELECT = """SELECT *, CASE WHEN state = 'queued' THEN (
    SELECT count(*) FROM jobs AS ahead WHERE ahead.state = 'queued' AND ahead.position <= jobs.position
) END AS queue_position FROM jobs """

UNSOUND = """SELECT 1 FROM jobs WHERE typeof(id) != 'text' OR typeof(title) != 'text'
    OR typeof(created) NOT IN ('real', 'integer') OR typeof(coalesce(output, '')) != 'text'
    OR coalesce(json_type(iif(json_valid(settings), settings, 'null')), '') != 'object'
    OR coalesce(json_type(iif(json_valid(request), request, 'null')), '') != 'object'
    OR coalesce(json_type(iif(json_valid(seconds), seconds, 'null')), '') != 'object'
    OR coalesce(json_type(iif(json_valid(notices), notices, 'null')), '') != 'array'
    OR NOT json_valid(coalesce(plan, 'null')) OR NOT json_valid(coalesce(reason, 'null'))
    UNION ALL SELECT 1 WHERE (SELECT count(*) FROM counter) != 1
    UNION ALL SELECT 1 FROM removed WHERE typeof(id) != 'text' LIMIT 1"""
"""A query that finds a row if something was never written so."""

_BEGINNING = re.compile(f"[{ALPHABET}]{{1,14}}")


class JobsTable:
    """The database at `path` and the two clocks: what all that is done with jobs stands on."""

    def __init__(
        self,
        path: Path,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self.database = Database(path)
        self.held: int | None = None
        self.monotonic = monotonic
        self.wall = wall

    def close(self) -> None:
        """Close the database, and let go of the lock that is `held` for it, if one is: see opening.py."""
        self.database.close()
        if self.held is not None:
            os.close(self.held)
            self.held = None

    def one(self, connection: sqlite3.Connection, id: str, short: bool = False) -> Job:
        """The job with this id, or with `short` whose id alone begins so. Raises JobUnknown."""
        # “~” comes after all characters of an id.
        query = "WHERE id >= :id AND id < :id || '~' ORDER BY id LIMIT 2" if short else "WHERE id = :id"
        found = self.some(connection, query, {"id": id}) if _BEGINNING.fullmatch(id) else []
        if len(found) == 1:
            return found[0]
        shown = "".join(c for c in id[:30] if c.isprintable())
        hint = say("See “videoai jobs” for the ids.")
        if found:
            raise JobUnknown(
                say("Several jobs begin with “{id}”.", id=shown), say("Give more of the id. {hint}", hint=hint)
            )
        raise JobUnknown(say("There is no job “{id}”.", id=shown), hint)

    def some(self, connection: sqlite3.Connection, query: str, values: Mapping[str, Any]) -> list[Job]:
        """The jobs that `query`, what follows FROM, finds. Raises HistoryDamaged."""
        try:
            return [Job.from_row(row) for row in connection.execute(_SELECT + query, dict(values))]
        except (ValueError, TypeError) as error:
            raise damaged(self.database.path) from error


def to_json(value: object) -> str:
    """What a column with JSON holds."""
    return json.dumps(kept(value), ensure_ascii=False, allow_nan=False)
