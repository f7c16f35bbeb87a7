"""What an owner does with a job: claim it, say how far it is, let go of it; and taking back what was lost.

What a program that worked through the queue let go of, or has lost, waits in line for the next one. A job of the
foreground has a person who looks on: it is stopped then, until somebody says so. Such a job waits for its owner alone.

Whoever claims a job must say how far it is, which renews its lease. Every later word of the owner is one UPDATE that
holds only while the job is still its own, so that an owner that was given up for dead changes nothing when it comes
back.

Whether an owner lives, the system tells who is on the same machine and counts the same pids: then nothing else counts,
and a program that was stopped with Ctrl-Z keeps its job. Of another container, or of another machine that shares the
home, only the lease can tell. Leases are of the monotonic clock, which all processes of one boot share and nobody can
set; it stands still while the machine sleeps, and so do the owners. The clock of another boot is another one: there,
a lease has run out when it was seen not to be renewed for as long.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from videoai.history.database import Database
from videoai.history.folder import saved_mark
from videoai.history.job import CANCELLED, DONE, FAILED, QUEUED, RUNNING, STOPPED, Job
from videoai.history.owner import Owner
from videoai.history.rows import MAY_BEGIN, find, find_one, to_json, to_path
from videoai.language import say
from videoai.system.machine_id import boot_id
from videoai.system.scrubbing import without_home

LEASE_SECONDS = 120.0
"""How long an owner may be silent. A machine that swaps can stop a process for half a minute."""

WORD_SECONDS = 1.0
"""How long an owner's word waits for another program that writes: it is said again a moment later, and meanwhile the
owner has its child to listen to."""

MAX_CRASHES = 2
"""A job that crashed as often, without a step in between, fails: none takes the machine down for ever."""

Reason = Mapping[str, str]
"""Why a job ended so: code, message, hint, as in VideoAiError.to_dict()["error"]."""

LET_GO = "owner_pid = NULL, owner_started = NULL, lease_until = NULL, eta_seconds = NULL"
"""What becomes of whose it was, when a job is nobody's any more."""

_ARE_OF = "owner_pid = :pid AND owner_started = :started AND boot_id = :boot_id"
_BECOMES_OF = """owner_pid = :pid, owner_started = :started, boot_id = :boot_id, namespace = :namespace, host = :host,
    lease_until = :lease, heard = :heard"""

_MINE = f"WHERE id = :id AND state = 'running' AND {_ARE_OF} AND (:claim = 0 OR attempt = :claim)"

_CRASHES = "(CASE WHEN crashed_at IS :saved THEN crash_count ELSE 0 END + 1)"
_GIVEN_UP = f"""CASE WHEN cancel_requested THEN '{CANCELLED}'
    WHEN :crash AND {_CRASHES} >= {MAX_CRASHES} THEN '{FAILED}'
    WHEN foreground AND NOT :crash THEN '{STOPPED}' ELSE '{QUEUED}' END"""
_STILL_OF = ", ".join(  # after a crash, who makes it in the foreground tries again
    f"{name} = CASE WHEN foreground AND ({_GIVEN_UP}) = '{QUEUED}' THEN {name} END"
    for name in ("owner_pid", "owner_started", "lease_until")
)
_GIVE_UP = f"""crash_count = CASE WHEN :crash THEN {_CRASHES} ELSE crash_count END,
    crashed_at = CASE WHEN :crash THEN :saved ELSE crashed_at END, state = {_GIVEN_UP},
    reason = CASE WHEN ({_GIVEN_UP}) = '{FAILED}' THEN :reason END, {_STILL_OF}, eta_seconds = NULL"""


class Leases:
    """What owners say of the jobs that they have in hand, and who has none in hand any more."""

    def __init__(self, database: Database, monotonic: Callable[[], float], wall: Callable[[], float]) -> None:
        self._database, self._monotonic, self._wall = database, monotonic, wall
        # Of other boots' owners: until when, by their clock, and since when, by ours, that has stood there.
        self._seen: dict[str, tuple[float, float]] = {}

    def claim(self, owner: Owner, id: str | None = None, patience: float | None = None) -> Job | None:
        """The next job in line, or just that one for the foreground, now `owner`'s; None if it or all are taken, or the
        queue rests.

        One that is asked for may also be stopped, or wait for another program. The job's own `owner` is good for this
        attempt only, and the one to go on with. `patience` is as in `writing`.
        """
        with self._database.writing(patience) as connection:
            one = f"id = :id AND state IN ('{QUEUED}', '{STOPPED}')"
            row = connection.execute(
                f"SELECT id FROM jobs WHERE {MAY_BEGIN if id is None else one} ORDER BY position LIMIT 1",  # noqa: S608
                {"id": id},
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                f"""UPDATE jobs SET state = 'running', attempt = attempt + 1, foreground = :foreground, {_BECOMES_OF},
                worker = NULL, stage = NULL, step = NULL, total = NULL, eta_seconds = NULL, reason = NULL
                WHERE id = :id""",  # noqa: S608
                self._values(row["id"], owner) | {"foreground": int(id is not None)},
            )
            return find_one(connection, row["id"])

    def keep(self, connection: sqlite3.Connection, id: str, keeper: Owner) -> None:
        """Let a queued job wait for this owner alone. For a block that writes."""
        connection.execute(
            f"UPDATE jobs SET foreground = 1, {_BECOMES_OF} WHERE id = :id AND state = 'queued'",  # noqa: S608
            self._values(id, keeper),
        )

    def progress(
        self,
        id: str,
        owner: Owner,
        stage: str,
        step: int | None = None,
        total: int | None = None,
        eta: float | None = None,
    ) -> bool:
        """Note how far it is, which renews the lease, and those of all that waits for this owner; False if the job is
        no longer this owner's, who must then stop computing it. It costs a write to the disk: a few times a second is
        plenty."""
        values = self._values(id, owner) | {"stage": stage, "step": step, "total": total, "eta": eta}
        with self._database.writing(WORD_SECONDS) as connection:
            connection.execute(
                f"UPDATE jobs SET lease_until = :lease, heard = :heard WHERE state = 'queued' AND {_ARE_OF}",  # noqa: S608
                values,
            )
            changed = connection.execute(
                f"""UPDATE jobs SET lease_until = :lease, heard = :heard, stage = :stage, step = :step, total = :total,
                eta_seconds = :eta {_MINE}""",  # noqa: S608
                values,
            )
            return changed.rowcount == 1

    def computed_by(self, id: str, owner: Owner, worker: Mapping[str, Any]) -> bool:
        """Note who computes it, in the words of its runner, so that one left over can be found: see `requeue_lost`."""
        return self._mine("worker = :worker", id, owner, worker=to_json(worker))

    def planned(self, id: str, owner: Owner, plan: Mapping[str, Any]) -> bool:
        """Note how it is computed."""
        return self._mine("plan = :plan", id, owner, plan=to_json(plan))

    def notice(self, id: str, owner: Owner, sentence: str) -> bool:
        """Note something the user should know, once."""
        changes = """notices = CASE
            WHEN EXISTS (SELECT 1 FROM json_each(notices) WHERE value = json_extract(:sentence, '$'))
            THEN notices ELSE json_insert(notices, '$[#]', json(:sentence)) END"""
        return self._mine(changes, id, owner, sentence=without_home(to_json(sentence)))

    def finish(self, id: str, owner: Owner, output: str, seconds: Mapping[str, float], peak: int | None) -> bool:
        """The video is there; it counts even if a cancel came in the meantime."""
        changes = f"state = '{DONE}', output = :output, seconds = :seconds, peak_bytes = :peak, {LET_GO}"
        return self._mine(changes, id, owner, output=to_path(output), seconds=to_json(seconds), peak=peak)

    def fail(self, id: str, owner: Owner, reason: Reason) -> bool:
        """It cannot be made, and trying again as it is would not help."""
        return self._mine(
            f"state = '{FAILED}', reason = :reason, {LET_GO}", id, owner, reason=without_home(to_json(reason))
        )

    def cancelled(self, id: str, owner: Owner) -> bool:
        """The cancel that was asked for has happened."""
        return self._mine(f"state = '{CANCELLED}', {LET_GO}", id, owner)

    def release(self, id: str, owner: Owner, crashed: bool, reason: Reason | None = None) -> Job | None:
        """Give it back, to go on in its old place in the queue, or, in the foreground, to be stopped unless it
        `crashed`; None if it was no longer this owner's.

        After the second crash without a step in between it has failed, with `reason`; if a cancel was asked for, it is
        cancelled.
        """
        with self._database.writing(WORD_SECONDS) as connection:
            values = self._values(id, owner) | _given_up(id, crashed, reason)
            done = connection.execute(f"UPDATE jobs SET {_GIVE_UP} {_MINE}", values).rowcount  # noqa: S608
            return find_one(connection, id) if done else None

    def requeue_lost(self, end_worker: Callable[[Mapping[str, Any]], None]) -> list[Job]:
        """Take back what owners that died, or were silent for too long, had in hand or kept; those jobs as they are.

        Each counts as a crash, as in `release`, but for those of the foreground, which nobody begins again unasked. A
        worker ends with its owner; one that hangs, or was stopped, must not stay beside the next attempt: `end_worker`
        gets each that was noted.
        """
        requeued = []
        with self._database.reading() as connection:
            taken = find(connection, "WHERE state IN ('queued', 'running') AND owner_pid IS NOT NULL", {})
        for job in taken:
            # Outside the transaction, as asking the system takes a moment; what is found dead stays dead.
            reason = self._why_lost(job)
            if reason is None or job.owner is None:
                continue
            with self._database.writing() as connection:
                values = self._values(job.id, job.owner) | _given_up(job.id, not job.foreground, reason)
                values |= {"was": job.lease_until, "state": job.state}
                # A lease that has been renewed since is a sign of life.
                statement = f"""UPDATE jobs SET {_GIVE_UP} WHERE id = :id AND state = :state AND attempt = :claim
                    AND {_ARE_OF} AND lease_until = :was"""  # noqa: S608
                if connection.execute(statement, values).rowcount:
                    requeued.append(find_one(connection, job.id))
            if requeued and requeued[-1].id == job.id and job.state == RUNNING and job.worker is not None:
                end_worker(job.worker)
        return requeued

    def forget_owners(self) -> None:
        """Take back all that is in anybody's hands: they were those of another history, of which this is a copy."""
        with self._database.writing() as connection:
            connection.execute(
                f"""UPDATE jobs SET state = CASE WHEN foreground THEN '{STOPPED}' ELSE '{QUEUED}' END, {LET_GO}
                WHERE owner_pid IS NOT NULL"""  # noqa: S608
            )

    def as_it_is(self, job: Job) -> Job:
        """A job that is in nobody's hands any more is one that waits, or is stopped, though nobody has taken it back
        yet."""
        if self._why_lost(job) is None:
            return job
        state = STOPPED if job.foreground else QUEUED
        return replace(job, state=state, owner=None, lease_until=None, eta_seconds=None)

    def _why_lost(self, job: Job) -> Reason | None:
        """Why its owner does not have a job in hand any more, or keep it; None if it has, or that cannot be told."""
        if job.owner is None or job.lease_until is None:
            return None
        alive = job.owner.alive()
        if alive is False:
            return _reason(say("The program making this video ended before it was done."))
        if alive is None and job.owner.is_of_an_earlier_boot(job.heard or 0.0):
            return _reason(say("The computer restarted while this video was being made."))
        if alive is None and self._is_silent(job, job.owner, job.lease_until):
            return _reason(say("The program making this video has stopped responding."))
        return None

    def _is_silent(self, job: Job, owner: Owner, lease: float) -> bool:
        now = self._monotonic()
        if owner.boot_id == boot_id():
            return lease < now
        seen, since = self._seen.get(job.id, (None, now))
        if seen != lease:
            self._seen[job.id] = (lease, now)
            return False
        return now - since > LEASE_SECONDS

    def _mine(self, changes: str, id: str, owner: Owner, **more: Any) -> bool:
        """Change a job if it is `owner`'s; whether it was."""
        with self._database.writing(WORD_SECONDS) as connection:
            values = self._values(id, owner) | more
            return connection.execute(f"UPDATE jobs SET {changes} {_MINE}", values).rowcount == 1  # noqa: S608

    def _values(self, id: str, owner: Owner) -> dict[str, Any]:
        return {
            "id": id,
            "pid": owner.pid,
            "started": owner.started,
            "boot_id": owner.boot_id,
            "namespace": owner.namespace,
            "host": owner.host,
            "claim": owner.claim,
            "lease": self._monotonic() + LEASE_SECONDS,
            "heard": self._wall(),
        }


def _given_up(id: str, crashed: bool, reason: Reason | None) -> dict[str, Any]:
    return {"crash": int(crashed), "saved": saved_mark(id), "reason": without_home(to_json(reason))}


def _reason(message: str) -> Reason:
    hint = say(
        "It happened {count} times, so VideoAi stopped trying. Retry it to continue from what was saved.",
        count=MAX_CRASHES,
    )
    return {"code": "interrupted", "message": message, "hint": hint}
