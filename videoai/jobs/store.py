"""The jobs table, which is the queue: what waits, who has which job in hand, and how each ended.

    add ─→ queued ──claim──→ running ──finish──→ done
             ↑ │                │ ├────fail────→ failed
             │ └──cancel──→ cancelled ←──cancelled──┘
             ├──release, reap───┘
             └──retry── failed, cancelled

Whoever claims a job must renew its lease. Every later word of the owner is one UPDATE that holds only while the
job is still its own, so that an owner that was given up for dead changes nothing when it comes back. Leases are
of the monotonic clock, which all processes of one boot share and nobody can set; it stands still while the
machine sleeps, and so do the owners.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videoai.errors import JobConflict, JobUnknown
from videoai.jobs.database import Database, damaged
from videoai.jobs.job import ALPHABET, CANCELLED, DONE, FAILED, QUEUED, RUNNING, Job, new_id
from videoai.jobs.owner import Owner, boot_id

LEASE_SECONDS = 120.0
"""How long an owner may be silent. A machine that swaps can stop a process for half a minute."""

MAX_CRASHES = 2
"""A job that crashed as often fails, so that none takes the machine down for ever."""

Reason = Mapping[str, str]
"""Why a job ended so: code, message, hint, as in VideoAiError.to_dict()["error"]."""

_SELECT = """SELECT *, CASE WHEN state = 'queued' THEN (
    SELECT count(*) FROM jobs AS ahead WHERE ahead.state = 'queued' AND ahead.position <= jobs.position
) END AS queue_position FROM jobs """

_LAST = "(SELECT coalesce(max(position), 0) + 1 FROM jobs WHERE state IN ('queued', 'running'))"

_LET_GO = "owner_pid = NULL, owner_started = NULL, lease_until = NULL, eta_seconds = NULL"

_MINE = """WHERE id = :id AND state = 'running' AND owner_pid = :pid AND owner_started = :started
    AND boot_id = :boot_id AND (:claim = 0 OR attempt = :claim)"""


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since a version: the jobs as they are now, the ids that are gone, the ids of the queue in order."""

    version: int
    jobs: list[Job]
    removed: list[str]
    queue: list[str]


class JobStore:
    """The jobs in the database at `path`, for any number of threads and processes.

    Every method may raise HistoryDamaged and WriteFailed; what a method has returned from is on the disk.
    """

    def __init__(
        self,
        path: Path,
        *,
        monotonic: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._database = Database(path)
        self._monotonic = monotonic
        self._wall = wall

    def close(self) -> None:
        """Close the database."""
        self._database.close()

    def add(
        self,
        title: str,
        settings: Mapping[str, Any],
        request: Mapping[str, Any] | None = None,
        *,
        notices: Sequence[str] = (),
        id: str | None = None,
    ) -> Job:
        """A new job, last in the queue. With `id` from `new_id` its folder can be filled before anyone claims it."""
        now = self._wall()
        values: dict[str, Any] = {
            "id": id or new_id(now),
            "created": now,
            "title": title,
            "settings": _json(settings),
            "request": _json(request or {}),
            "notices": _json(list(notices)),
        }
        with self._database.writing() as connection:
            connection.execute(
                f"""INSERT INTO jobs (id, created, title, settings, request, notices, position)
                VALUES (:id, :created, :title, :settings, :request, :notices, {_LAST})""",  # noqa: S608
                values,
            )
            return self._one(connection, values["id"])

    def get(self, id: str) -> Job:
        """The job with this id, or whose id alone begins so. Raises JobUnknown."""
        with self._database.reading() as connection:
            return self._one(connection, id)

    def jobs(self, states: Iterable[str] | None = None, limit: int | None = None) -> list[Job]:
        """The jobs in these states (None: all), newest first, at most `limit`."""
        query = "WHERE (:states IS NULL OR state IN (SELECT value FROM json_each(:states)))"
        values = {"states": None if states is None else _json(list(states)), "limit": -1 if limit is None else limit}
        with self._database.reading() as connection:
            return self._some(connection, query + " ORDER BY number DESC LIMIT :limit", values)

    def queue_position(self, id: str) -> int | None:
        """1 for the job that is next, None for one that does not wait. Raises JobUnknown."""
        return self.get(id).queue_position

    def move(self, id: str, before: str | None = None) -> Job:
        """Let a queued job come just before another one, or last. Raises JobUnknown, JobConflict."""
        with self._database.writing() as connection:
            job = self._one(connection, id)
            rows = connection.execute("SELECT id, position FROM jobs WHERE state = 'queued' ORDER BY position")
            places = {row["id"]: row["position"] for row in rows}
            other = None if before is None else self._one(connection, before)
            for each in (job, other):
                if each is not None and each.id not in places:
                    raise JobConflict(f"The job {each.id} is {each.state}.", "Only jobs that wait can be reordered.")
            order = [name for name in places if name != job.id]
            if other is None or other.id != job.id:
                order.insert(len(order) if other is None else order.index(other.id), job.id)
                for name, place in zip(order, sorted(places.values()), strict=True):
                    if places[name] != place:
                        connection.execute("UPDATE jobs SET position = ? WHERE id = ?", (place, name))
            return self._one(connection, job.id)

    # What an owner does with a job.

    def claim(self, owner: Owner, id: str | None = None) -> Job | None:
        """The next queued job, or just that one, now `owner`'s; None if it or all are taken.

        The job's own `owner` is good for this attempt only, and the one to go on with.
        """
        with self._database.writing() as connection:
            row = connection.execute(
                "SELECT id FROM jobs WHERE state = 'queued' AND id = coalesce(?, id) ORDER BY position LIMIT 1", (id,)
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                """UPDATE jobs SET state = 'running', attempt = attempt + 1, owner_pid = :pid,
                owner_started = :started, boot_id = :boot_id, lease_until = :lease, child_pid = NULL,
                child_started = NULL, stage = NULL, step = NULL, total = NULL, eta_seconds = NULL, reason = NULL
                WHERE id = :id AND state = 'queued'""",
                self._values(row["id"], owner),
            )
            return self._one(connection, row["id"])

    def renew(self, id: str, owner: Owner) -> bool:
        """Extend the lease; False if the job is no longer this owner's, who must then stop computing it."""
        return self._mine("lease_until = :lease", id, owner)

    def progress(
        self,
        id: str,
        owner: Owner,
        stage: str,
        step: int | None = None,
        total: int | None = None,
        eta: float | None = None,
    ) -> bool:
        """Note how far it is, and renew. It costs a write to the disk: a few times a second is plenty."""
        changes = "lease_until = :lease, stage = :stage, step = :step, total = :total, eta_seconds = :eta"
        return self._mine(changes, id, owner, stage=stage, step=step, total=total, eta=eta)

    def computed_by(self, id: str, owner: Owner, child: Owner) -> bool:
        """Note which process computes it, so that one left over can be found."""
        changes = "child_pid = :child_pid, child_started = :child_started"
        return self._mine(changes, id, owner, child_pid=child.pid, child_started=child.started)

    def planned(self, id: str, owner: Owner, plan: Mapping[str, Any]) -> bool:
        """Note how it is computed."""
        return self._mine("plan = :plan", id, owner, plan=_json(plan))

    def notice(self, id: str, owner: Owner, sentence: str) -> bool:
        """Note something the user should know, once."""
        changes = """notices = CASE WHEN EXISTS (SELECT 1 FROM json_each(notices) WHERE value = :sentence)
            THEN notices ELSE json_insert(notices, '$[#]', :sentence) END"""
        return self._mine(changes, id, owner, sentence=sentence)

    def finish(self, id: str, owner: Owner, output: str, seconds: Mapping[str, float], peak: int | None) -> bool:
        """The video is there; it counts even if a cancel came in the meantime."""
        changes = f"state = '{DONE}', output = :output, seconds = :seconds, peak_bytes = :peak, {_LET_GO}"
        return self._mine(changes, id, owner, output=output, seconds=_json(seconds), peak=peak)

    def fail(self, id: str, owner: Owner, reason: Reason) -> bool:
        """It cannot be made, and trying again as it is would not help."""
        return self._mine(f"state = '{FAILED}', reason = :reason, {_LET_GO}", id, owner, reason=_json(reason))

    def cancelled(self, id: str, owner: Owner) -> bool:
        """The cancel that was asked for has happened."""
        return self._mine(f"state = '{CANCELLED}', {_LET_GO}", id, owner)

    def release(self, id: str, owner: Owner, crashed: bool, reason: Reason | None = None) -> Job | None:
        """Give it back, to go on in its old place in the queue; None if it was no longer this owner's.

        After the second crash it has failed, with `reason`; if a cancel was asked for, it is cancelled.
        """
        with self._database.writing() as connection:
            values = self._values(id, owner) | _given_up(crashed, reason)
            done = connection.execute(f"UPDATE jobs SET {_GIVE_UP} {_MINE}", values).rowcount  # noqa: S608
            return self._one(connection, id) if done else None

    def reap(self) -> list[Job]:
        """Take back what owners that died, or were silent for too long, had in hand; those jobs as they are now.

        Each counts as a crash, as in `release`. Their `child` may still be computing: ending it is the caller's.
        """
        reaped = []
        for job in self.jobs((RUNNING,)):
            # Outside the transaction, as asking the system takes a moment; what is found dead stays dead.
            reason = self._why_lost(job)
            if reason is None or job.owner is None:
                continue
            with self._database.writing() as connection:
                values = self._values(job.id, job.owner) | _given_up(True, reason) | {"was": job.lease_until}
                # A lease that has been renewed since is a sign of life.
                statement = f"UPDATE jobs SET {_GIVE_UP} {_MINE} AND lease_until = :was"  # noqa: S608
                if connection.execute(statement, values).rowcount:
                    reaped.append(self._one(connection, job.id))
        return reaped

    def _why_lost(self, job: Job) -> Reason | None:
        if job.owner is None or job.lease_until is None:
            return None
        if job.owner.boot_id != boot_id():
            return _reason("The computer was restarted while this video was being made.")
        if not job.owner.alive():
            return _reason("The program that was making this video ended before it was done.")
        if job.lease_until < self._monotonic():
            return _reason("The program that was making this video no longer answers.")
        return None

    # What anyone may do with a job.

    def cancel(self, id: str) -> Job:
        """Cancel a queued job at once; ask the owner of a running one to. One that has ended stays so."""
        with self._database.writing() as connection:
            job = self._one(connection, id)
            if job.state == QUEUED:
                connection.execute("UPDATE jobs SET state = 'cancelled' WHERE id = ?", (job.id,))
            elif job.state == RUNNING and not job.cancel_requested:
                connection.execute("UPDATE jobs SET cancel_requested = 1 WHERE id = ?", (job.id,))
            return self._one(connection, job.id)

    def retry(self, id: str) -> Job:
        """Queue a failed or cancelled job again, last; what it has saved is kept, so that it goes on from there."""
        with self._database.writing() as connection:
            job = self._one(connection, id)
            if job.state == DONE:
                raise JobConflict(f"The job {job.id} is done.", "Make a new one to have another video.")
            if job.state in (FAILED, CANCELLED):
                connection.execute(
                    f"""UPDATE jobs SET state = 'queued', position = {_LAST}, crash_count = 0, cancel_requested = 0,
                    reason = NULL WHERE id = ?""",  # noqa: S608
                    (job.id,),
                )
            return self._one(connection, job.id)

    def remove(self, id: str) -> Job:
        """Forget a job that is not running, and return it: its files are the caller's. Raises JobConflict."""
        with self._database.writing() as connection:
            job = self._one(connection, id)
            if job.state == RUNNING:
                raise JobConflict(f"The job {job.id} is running.", "Cancel it first.")
            connection.execute("DELETE FROM jobs WHERE id = ?", (job.id,))
            return job

    # For event streams.

    def version(self) -> int:
        """A number that grows with every change anyone makes, lease renewals aside.

        It is a row that triggers count up: cheaper to read than a file's time, and unlike PRAGMA data_version it
        also counts what this very process changed, and means the same to all.
        """
        with self._database.reading() as connection:
            return _version(connection)

    def changes(self, since: int) -> Changes:
        """What happened after version `since`; everything if there never was such a version, as in a new history."""
        with self._database.reading() as connection:
            version = _version(connection)
            after = since if since <= version else -1
            removed = connection.execute("SELECT id FROM removed WHERE version > ? ORDER BY version", (after,))
            queue = connection.execute("SELECT id FROM jobs WHERE state = 'queued' ORDER BY position")
            return Changes(
                version,
                self._some(connection, "WHERE version > :after ORDER BY version", {"after": after}),
                [row["id"] for row in removed],
                [row["id"] for row in queue],
            )

    def _mine(self, changes: str, id: str, owner: Owner, **more: Any) -> bool:
        """Change a job if it is `owner`'s; whether it was."""
        with self._database.writing() as connection:
            values = self._values(id, owner) | more
            return connection.execute(f"UPDATE jobs SET {changes} {_MINE}", values).rowcount == 1  # noqa: S608

    def _values(self, id: str, owner: Owner) -> dict[str, Any]:
        return {
            "id": id,
            "pid": owner.pid,
            "started": owner.started,
            "boot_id": owner.boot_id,
            "claim": owner.claim,
            "lease": self._monotonic() + LEASE_SECONDS,
        }

    def _one(self, connection: sqlite3.Connection, id: str) -> Job:
        # “~” comes after all characters of an id.
        query = "WHERE id >= :id AND id < :id || '~' ORDER BY id LIMIT 2"
        found = self._some(connection, query, {"id": id}) if _BEGINNING.fullmatch(id) else []
        if found and (found[0].id == id or len(found) == 1):
            return found[0]
        shown = "".join(c for c in id[:30] if c.isprintable())
        hint = "See “videoai jobs” for the ids."
        if found:
            raise JobUnknown(f"Several jobs begin with “{shown}”.", f"Give more of the id. {hint}")
        raise JobUnknown(f"There is no job “{shown}”.", hint)

    def _some(self, connection: sqlite3.Connection, query: str, values: Mapping[str, Any]) -> list[Job]:
        try:
            return [Job.from_row(row) for row in connection.execute(_SELECT + query, dict(values))]
        except (ValueError, TypeError) as error:
            raise damaged(self._database.path) from error


_BEGINNING = re.compile(f"[{ALPHABET}]{{1,14}}")

_GIVE_UP = f"""crash_count = crash_count + :crash,
    state = CASE WHEN cancel_requested THEN '{CANCELLED}'
        WHEN :crash AND crash_count + 1 >= {MAX_CRASHES} THEN '{FAILED}' ELSE '{QUEUED}' END,
    reason = CASE WHEN :crash AND NOT cancel_requested AND crash_count + 1 >= {MAX_CRASHES} THEN :reason END,
    {_LET_GO}"""


def _given_up(crashed: bool, reason: Reason | None) -> dict[str, Any]:
    return {"crash": int(crashed), "reason": _json(reason)}


def _reason(message: str) -> Reason:
    hint = f"It happened {MAX_CRASHES} times, so it was not tried again. Retry it to go on from what was saved."
    return {"code": "interrupted", "message": message, "hint": hint}


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("SELECT version FROM counter").fetchone()[0])


def _json(value: object) -> str:
    if isinstance(value, Mapping):
        value = dict(value)
    return json.dumps(value, ensure_ascii=False, allow_nan=False)
