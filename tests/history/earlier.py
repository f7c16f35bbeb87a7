"""A history as the second version of the tables had it: a job that is done, and one that runs."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

from videoai.history.migrations import MIGRATIONS

DONE, RUNNING = "0" * 14, "1" * 14
ORIGIN = {"photo_id": "2" * 14, "preset": "safety"}
WORKER = {"pid": 8, "started": "99", "boot_id": "that boot", "namespace": "pid:[1]"}


def make_of_version_two(path: Path) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        for number, statements in enumerate(MIGRATIONS[:2], 1):
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {number}")
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
