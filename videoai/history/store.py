"""The history of jobs, which is the queue too: what waits, who has which job in hand, and how each ended.

    add ─→ queued ──claim──→ running ──finish──→ done
             ↑ │                │ ├────fail────→ failed
             │ └──cancel──→ cancelled ←──cancelled──┘
             ├──release─────────┤
             ├──requeue_lost────┤
             │               stopped  where the two find a job of the foreground
             └──retry── failed, cancelled, stopped

A job of the foreground is one that somebody looks on at: it waits for the program that was asked for it, its keeper,
and without that it is stopped. All others wait in line, and any program that works through the queue makes them.

What an owner does is in leases.py. Ids are exact but for `get`, which people type for.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videoai.errors import JobConflict
from videoai.history.database import Database
from videoai.history.folder import delete_steps
from videoai.history.job import (
    DONE,
    QUEUED,
    RUNNING,
    STOPPED,
    UNFINISHED,
    WORDS,
    Job,
    made_at,
    need_listed,
    new_id,
)
from videoai.history.leases import LET_GO, Leases
from videoai.history.owner import Owner
from videoai.history.rows import IN_LINE, LISTED, check, find, find_one, to_json, to_path
from videoai.language import say

_LAST = "(SELECT coalesce(max(position), 0) + 1 FROM jobs WHERE state IN ('queued', 'running'))"


EVERYTHING = "*"
"""In place of the ids that are gone: all that there were."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since a version: the jobs as they are now, the ids that no list shows, and those in the bin.

    After a `remove_all`, EVERYTHING is among the ids that are gone.
    """

    version: int
    jobs: list[Job]
    removed: list[str]
    bin: list[str]


class JobStore:
    """The jobs in the database at `path`, for any number of threads and processes.

    Who asks for videos uses its methods, who makes them its `leases`. Every method may raise HistoryDamaged and
    WriteFailed; what a method has returned from is on the disk.
    """

    def __init__(
        self,
        path: Path,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        """Raises HistoryDamaged, HistoryTooNew, WriteFailed, BadOutput."""
        self.database = Database(path)
        self.leases = Leases(self.database, monotonic, wall)
        self.held: int | None = None
        self._wall = wall

    def close(self) -> None:
        """Close the database, and let go of the lock that is `held` for it, if one is: see recovery.py."""
        self.database.close()
        if self.held is not None:
            os.close(self.held)
            self.held = None

    def check(self) -> None:
        """Raises HistoryDamaged if the history is not sound."""
        check(self.database)

    def add(
        self,
        title: str,
        settings: Mapping[str, Any],
        origin: Mapping[str, Any] | None = None,
        *,
        notices: Sequence[str] = (),
        id: str | None = None,
        keeper: Owner | None = None,
    ) -> Job:
        """A new job, last in the queue, or waiting for its `keeper`. With `id` from `new_id` its folder can be filled
        before anyone claims it."""
        now = self._wall()
        values: dict[str, Any] = {
            "id": id or new_id(now),
            "created": now,
            "title": title,
            "settings": to_json(settings),
            "origin": to_json(origin or {}),
            "notices": to_json(list(notices)),
        }
        with self.database.writing() as connection:
            connection.execute(
                f"""INSERT INTO jobs (id, created, title, settings, origin, notices, position)
                VALUES (:id, :created, :title, :settings, :origin, :notices, {_LAST})""",  # noqa: S608
                values,
            )
            if keeper is not None:
                self.leases.keep(connection, values["id"], keeper)
            return find_one(connection, values["id"])

    def get(self, id: str) -> Job:
        """The job with this id, or whose id alone begins so. Raises JobUnknown."""
        with self.database.reading() as connection:
            return find_one(connection, id, short=True)

    def jobs(self, states: Iterable[str] | None = None, limit: int | None = None, *, binned: bool = False) -> list[Job]:
        """The jobs in these states (None: all), newest first, at most `limit`; with `binned` those in the bin too."""
        query = "WHERE (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))"
        query += "" if binned else f" AND {LISTED}"
        values = {"states": None if states is None else to_json(list(states)), "limit": -1 if limit is None else limit}
        with self.database.reading() as connection:
            return find(connection, query + " ORDER BY number DESC LIMIT :limit", values)

    def binned(self) -> list[Job]:
        """The jobs in the bin, the last one put in first."""
        with self.database.reading() as connection:
            return find(connection, "WHERE binned IS NOT NULL ORDER BY binned DESC, number DESC", {})

    def count(self, states: Iterable[str]) -> int:
        """How many jobs are in one of these states, and not in the bin."""
        with self.database.reading() as connection:
            query = f"SELECT count(*) FROM jobs WHERE {LISTED} AND state IN (SELECT value FROM json_each(?))"  # noqa: S608
            return int(connection.execute(query, (to_json(list(states)),)).fetchone()[0])

    def move(self, id: str, before: str | None = None) -> Job:
        """Let a queued job come just before another one, or last. Raises JobUnknown, JobConflict."""
        with self.database.writing() as connection:
            job = find_one(connection, id)
            rows = connection.execute(f"SELECT id, position FROM jobs WHERE {IN_LINE} ORDER BY position")  # noqa: S608
            places = {row["id"]: row["position"] for row in rows}
            other = None if before is None else find_one(connection, before)
            for each in (job, other):
                if each is not None and each.state == QUEUED and each.foreground:
                    raise JobConflict(
                        say("Job {id} isn't in the queue: it waits for the program it was started in.", id=each.id),
                        say("Cancel it there and start it here."),
                    )
                if each is not None and each.id not in places:
                    raise JobConflict(
                        say("Job {id} is {state}.", id=each.id, state=WORDS[each.state]),
                        say("Only queued jobs can be reordered."),
                    )
            order = [name for name in places if name != job.id]
            if other is None or other.id != job.id:
                order.insert(len(order) if other is None else order.index(other.id), job.id)
                for name, place in zip(order, sorted(places.values()), strict=True):
                    if places[name] != place:
                        connection.execute("UPDATE jobs SET position = ? WHERE id = ?", (place, name))
            return find_one(connection, job.id)

    def cancel(self, id: str) -> Job:
        """Cancel a job that waits or is stopped at once; ask the owner of a running one to. One that has ended stays
        so."""
        with self.database.writing() as connection:
            job = find_one(connection, id)
            if job.state in (QUEUED, STOPPED):
                connection.execute(f"UPDATE jobs SET state = 'cancelled', {LET_GO} WHERE id = ?", (job.id,))  # noqa: S608
            elif job.state == RUNNING and not job.cancel_requested:
                connection.execute("UPDATE jobs SET cancel_requested = 1 WHERE id = ?", (job.id,))
            return find_one(connection, job.id)

    def end_waiting(self, ids: Iterable[str], state: str) -> None:
        """Let those of these jobs that are queued be cancelled or stopped, all in one moment."""
        with self.database.writing() as connection:
            connection.execute(
                f"""UPDATE jobs SET state = ?, {LET_GO}
                WHERE state = 'queued' AND id IN (SELECT value FROM json_each(?))""",  # noqa: S608
                (state, to_json(list(ids))),
            )

    def retry(self, id: str, *, anew: bool = False, keeper: Owner | None = None) -> Job:
        """Queue a job again that failed, or was cancelled or stopped: last, or for its `keeper`; it goes on from what
        it has saved, or `anew` begins without.

        Raises JobUnknown, JobConflict, NotDeleted.
        """
        with self.database.writing() as connection:
            job = find_one(connection, id)
            need_listed(job)
            if job.state == DONE:
                raise JobConflict(
                    say("Job {id} is already done.", id=job.id), say("Start a new job to make another video.")
                )
            if job.state in UNFINISHED:
                if anew:
                    # Here, where nobody else can begin it. What is finished by the job is not its own to make anew.
                    delete_steps(job.id, frames="source" not in job.origin)
                connection.execute(
                    f"""UPDATE jobs SET state = 'queued', position = {_LAST}, crash_count = 0, crashed_at = NULL,
                    cancel_requested = 0, reason = NULL, foreground = 0 WHERE id = ?""",  # noqa: S608
                    (job.id,),
                )
                if keeper is not None:
                    self.leases.keep(connection, job.id, keeper)
            return find_one(connection, job.id)

    def let_none_begin(self, id: str | None = None) -> list[Job]:
        """The job with this id, or all, so that they can be deleted: what waited is cancelled.

        Somebody may queue one of them again in the next moment: see `at_rest`. If none waited, nothing is written.
        Raises JobUnknown, and JobConflict while one runs.
        """
        with self.database.reading() as connection:
            jobs = self._resting(connection, id)
        if not any(job.state == QUEUED for job in jobs):
            return jobs
        with self.database.writing() as connection:
            self._resting(connection, id)
            connection.execute(
                f"""UPDATE jobs SET state = 'cancelled', {LET_GO}
                WHERE state = 'queued' AND id = coalesce(?, id)""",  # noqa: S608
                (id,),
            )
            return self._resting(connection, id)

    @contextmanager
    def at_rest(self, id: str) -> Iterator[sqlite3.Connection]:
        """While the block runs nobody queues or begins this job: its files can be deleted. Nobody else writes, either.

        It need not be known. Raises JobConflict if it waits or runs.
        """
        with self.database.writing() as connection:
            for job in find(connection, "WHERE id = :id AND state IN ('queued', 'running')", {"id": id}):
                raise JobConflict(say("Job {id} is {state}.", id=id, state=WORDS[job.state]), _stop_first(id))
            yield connection

    def _resting(self, connection: sqlite3.Connection, id: str | None) -> list[Job]:
        jobs = [find_one(connection, id)] if id is not None else find(connection, "ORDER BY number", {})
        if any(job.state == RUNNING for job in jobs):
            if id is not None:
                raise JobConflict(say("Job {id} is running.", id=id), _stop_first(id))
            raise JobConflict(
                say("A video is being made."), say("Cancel it or wait until it is done, then delete everything.")
            )
        return jobs

    def remove(self, id: str) -> Job:
        """Forget a job that is not running, and return it; its files have to be gone before. Raises JobConflict."""
        with self.database.writing() as connection:
            (job,) = self._resting(connection, id)
            connection.execute("DELETE FROM jobs WHERE id = ?", (job.id,))
            return job

    def restore(
        self,
        id: str,
        title: str,
        settings: Mapping[str, Any],
        origin: Mapping[str, Any],
        output: str | None,
        *,
        favourite: bool = False,
        binned: bool = False,
    ) -> None:
        """Take in a job whose folder was found, done if its video is known and else stopped; not if it is here.

        In the bin it has its whole time from now on.
        """
        values = {
            "id": id,
            "created": made_at(id),
            "title": title,
            "settings": to_json(settings),
            "origin": to_json(origin),
            "state": STOPPED if output is None else DONE,
            "output": None if output is None else to_path(output),
            "favourite": favourite,
            "binned": self._wall() if binned else None,
        }
        columns = ", ".join(values)
        with self.database.writing() as connection:
            connection.execute(
                f"""INSERT OR IGNORE INTO jobs ({columns}, position)
                VALUES (:{columns.replace(" ", " :")}, {_LAST})""",  # noqa: S608
                values,
            )

    def moved(self, id: str, output: str) -> None:
        """Note that the video of a job is in another place now."""
        with self.database.writing() as connection:
            connection.execute("UPDATE jobs SET output = ? WHERE id = ?", (to_path(output), id))

    def remove_all(self, ids: Iterable[str]) -> None:
        """Forget these jobs but for those that run by now; their files have to be gone before."""
        with self.database.writing() as connection:
            connection.execute(
                "DELETE FROM jobs WHERE state != 'running' AND id IN (SELECT value FROM json_each(?))",
                (to_json(list(ids)),),
            )
            if connection.execute("SELECT 1 FROM jobs LIMIT 1").fetchone() is None:
                connection.execute("DELETE FROM removed")
                connection.execute("UPDATE counter SET version = version + 1")
                connection.execute("INSERT INTO removed SELECT version, ? FROM counter", (EVERYTHING,))

    def shrink(self) -> None:
        """Let nothing of what was forgotten be left in the files."""
        self.database.shrink()

    # For event streams.

    def version(self) -> int:
        """A number that grows with every change anyone makes to what a job shows.

        It is a row that triggers count up: cheaper to read than a file's time, and unlike PRAGMA data_version it
        also counts what this very process changed, and means the same to all.
        """
        with self.database.reading() as connection:
            return _version(connection)

    def changes(self, since: int) -> Changes:
        """What happened after version `since`; everything if there never was such a version, as in a new history."""
        with self.database.reading() as connection:
            version = _version(connection)
            after = since if since <= version else -1
            removed = connection.execute("SELECT id FROM removed WHERE version > ? ORDER BY version", (after,))
            binned = connection.execute("SELECT id FROM jobs WHERE binned IS NOT NULL ORDER BY id")
            changed = find(connection, "WHERE version > :after ORDER BY version", {"after": after})
            return Changes(
                version,
                [job for job in changed if job.binned is None],
                [row["id"] for row in removed] + [job.id for job in changed if job.binned is not None],
                [row["id"] for row in binned],
            )


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT version FROM counter").fetchone()[0])


def _stop_first(id: str) -> str:
    return say("To stop it first: videoai jobs cancel {id}", id=id)
