"""Histories as earlier versions of the tables had them."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from videoai.history.migrations import MIGRATIONS

DONE, RUNNING = "0" * 14, "1" * 14
ORIGIN = {"photo_id": "2" * 14, "preset": "safety"}
WORKER = {"pid": 8, "started": "99", "boot_id": "that boot", "namespace": "pid:[1]"}


BEFORE_STOPPED = {
    "a page's": ("queued", ORIGIN),
    "a finished one's": ("queued", {"source": {"clip": {}}}),
    "a command's": ("queued", {}),
    "one of a call's": ("queued", {"batch": "3" * 14}),
    "an old one": ("cancelled", {}),
}
"""What waited before there was a state “stopped”, by its title."""


def make_of_version_three(path: Path) -> None:
    """A job of each kind in BEFORE_STOPPED, in the order of arrival; the last that there was is deleted."""
    with closing(sqlite3.connect(path)) as connection, connection:
        _make(connection, 3)
        for place, (title, (state, origin)) in enumerate({**BEFORE_STOPPED, "gone": ("done", {})}.items(), 1):
            connection.execute(
                """INSERT INTO jobs (id, created, title, settings, origin, state, position)
                VALUES (?, 1.7e9, ?, '{}', ?, ?, ?)""",
                (str(place) * 14, title, json.dumps(origin), state, place),
            )
        connection.execute("DELETE FROM jobs WHERE title = 'gone'")


def _make(connection: sqlite3.Connection, version: int) -> None:
    for number, statements in enumerate(MIGRATIONS[:version], 1):
        for statement in statements:
            connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {number}")


def make_of_version_two(path: Path) -> None:
    """A job that is done, and one that runs."""
    with closing(sqlite3.connect(path)) as connection, connection:
        _make(connection, 2)
        connection.execute(
            """INSERT INTO jobs (id, created, title, settings, request, state, position, output)
            VALUES (?, 1.7e9, 'a.jpg', '{}', ?, 'done', 1, 'a.mp4')""",
            (DONE, json.dumps(ORIGIN)),
        )
        connection.execute(
            """INSERT INTO jobs (id, created, title, settings, request, state, position, attempt, boot_id, namespace,
            host, owner_pid, owner_started, child_pid, child_started, lease_until, heard)
            VALUES (?, 1.7e9, 'b.jpg', '{}', '{}', 'running', 2, 1, 'that boot', 'pid:[1]',
            'here', 7, '98', 8, '99', 1, 1)""",
            (RUNNING,),
        )
