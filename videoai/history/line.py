"""The queue as a whole: whether it rests, and emptying it.

While it rests, nobody begins a job that waits in line; what runs goes on to its end. All programs that share the
history keep to it, and it holds until somebody lets it go on, also over a restart. A job of the foreground is not
held: whoever types a command looks on at it, and means now.
"""

from __future__ import annotations

from videoai.history.rows import IN_LINE
from videoai.history.store import JobStore


def is_paused(store: JobStore) -> bool:
    """Whether nothing new begins."""
    with store.database.reading() as connection:
        return bool(connection.execute("SELECT paused FROM counter").fetchone()[0])


def pause(store: JobStore, paused: bool) -> bool:
    """Let the queue rest, or go on; whether that is a change."""
    with store.database.writing() as connection:
        changed = connection.execute("UPDATE counter SET paused = ? WHERE paused != ?", (int(paused), int(paused)))
        return changed.rowcount > 0


def clear(store: JobStore) -> list[str]:
    """Cancel all jobs that wait in line, in one moment; their ids, in the order in which they waited.

    Each can be queued again, and goes on from what it has saved.
    """
    with store.database.writing() as connection:
        rows = connection.execute(f"SELECT id FROM jobs WHERE {IN_LINE} ORDER BY position").fetchall()  # noqa: S608
        connection.execute(f"UPDATE jobs SET state = 'cancelled' WHERE {IN_LINE}")  # noqa: S608
        return [row["id"] for row in rows]
