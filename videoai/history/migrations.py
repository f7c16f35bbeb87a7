"""The tables, as they came to be: what brings a file that an earlier version has made up to date."""

from __future__ import annotations

# Of the fourth.
_OF_A_COMMAND = "json_extract(origin, '$.photo_id') IS NULL AND json_extract(origin, '$.source') IS NULL"
_KEPT = """number, id, created, title, settings, origin, position, version, attempt, crash_count, crashed_at, owner_pid,
    owner_started, boot_id, namespace, host, lease_until, heard, worker, stage, step, total, eta_seconds,
    cancel_requested, reason, plan, output, seconds, peak_bytes, notices"""

# Each is applied once, in this order, and never changed afterwards: a change of the tables is one more at the end.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        """CREATE TABLE jobs (
            number INTEGER PRIMARY KEY AUTOINCREMENT,  -- the order of arrival, which no clock can change
            id TEXT NOT NULL UNIQUE,
            created REAL NOT NULL,
            title TEXT NOT NULL,
            settings TEXT NOT NULL,
            request TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled')),
            position INTEGER NOT NULL,
            version INTEGER NOT NULL DEFAULT 0,
            attempt INTEGER NOT NULL DEFAULT 0,
            crash_count INTEGER NOT NULL DEFAULT 0,
            boot_id TEXT,
            owner_pid INTEGER,
            owner_started TEXT,
            child_pid INTEGER,
            child_started TEXT,
            lease_until REAL,
            stage TEXT,
            step INTEGER,
            total INTEGER,
            eta_seconds REAL,
            cancel_requested INTEGER NOT NULL DEFAULT 0,
            reason TEXT,
            plan TEXT,
            output TEXT,
            seconds TEXT NOT NULL DEFAULT '{}',
            peak_bytes INTEGER,
            notices TEXT NOT NULL DEFAULT '[]',
            CHECK ((state = 'running') = (owner_pid IS NOT NULL AND lease_until IS NOT NULL))
        )""",
        "CREATE INDEX jobs_queue ON jobs (state, position)",
        "CREATE INDEX jobs_version ON jobs (version)",
        "CREATE TABLE counter (version INTEGER NOT NULL)",
        "INSERT INTO counter VALUES (0)",
        "CREATE TABLE removed (version INTEGER PRIMARY KEY, id TEXT NOT NULL)",
        # Triggers, so that no statement can forget to count. What only supervisors look at wakes nobody.
        """CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
            UPDATE counter SET version = version + 1;
            UPDATE jobs SET version = (SELECT version FROM counter) WHERE number = NEW.number;
        END""",
        """CREATE TRIGGER jobs_changed AFTER UPDATE OF state, position, attempt, crash_count, stage, step, total,
            eta_seconds, cancel_requested, reason, plan, output, seconds, peak_bytes, notices ON jobs BEGIN
            UPDATE counter SET version = version + 1;
            UPDATE jobs SET version = (SELECT version FROM counter) WHERE number = NEW.number;
        END""",
        """CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN
            UPDATE counter SET version = version + 1;
            INSERT INTO removed SELECT version, OLD.id FROM counter;
        END""",
    ),
    (
        # Where a pid and a boot id mean something, and when the owner last gave a sign of life, by the wall clock.
        "ALTER TABLE jobs ADD COLUMN namespace TEXT",
        "ALTER TABLE jobs ADD COLUMN host TEXT",
        "ALTER TABLE jobs ADD COLUMN heard REAL",
        # What was saved of the run when it crashed last: a crash after more than that is a first one.
        "ALTER TABLE jobs ADD COLUMN crashed_at TEXT",
    ),
    (
        # What it always held: where the job came from.
        "ALTER TABLE jobs RENAME COLUMN request TO origin",
        # What its runner needs to find its worker again, in the runner's own words; the runner on this machine asks for
        # the process. The column child_pid stays, empty, as older SQLites can drop none.
        "ALTER TABLE jobs RENAME COLUMN child_started TO worker",
        """UPDATE jobs SET child_pid = NULL, worker = CASE WHEN child_pid IS NOT NULL THEN json_object(
            'pid', child_pid, 'started', worker, 'boot_id', boot_id, 'namespace', coalesce(namespace, '')) END""",
    ),
    (
        # The state “stopped”: a check cannot be changed, so the table is made anew. A job of the foreground has an
        # owner while it waits, too. Before, a server's were told from those by the photo alone that the page gave.
        """CREATE TABLE jobs_anew (
            number INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            created REAL NOT NULL,
            title TEXT NOT NULL,
            settings TEXT NOT NULL,
            origin TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'queued'
                CHECK (state IN ('queued', 'running', 'done', 'failed', 'cancelled', 'stopped')),
            foreground INTEGER NOT NULL DEFAULT 0,
            position INTEGER NOT NULL,
            version INTEGER NOT NULL DEFAULT 0,
            attempt INTEGER NOT NULL DEFAULT 0,
            crash_count INTEGER NOT NULL DEFAULT 0,
            crashed_at TEXT,
            owner_pid INTEGER,
            owner_started TEXT,
            boot_id TEXT,
            namespace TEXT,
            host TEXT,
            lease_until REAL,
            heard REAL,
            worker TEXT,
            stage TEXT,
            step INTEGER,
            total INTEGER,
            eta_seconds REAL,
            cancel_requested INTEGER NOT NULL DEFAULT 0,
            reason TEXT,
            plan TEXT,
            output TEXT,
            seconds TEXT NOT NULL DEFAULT '{}',
            peak_bytes INTEGER,
            notices TEXT NOT NULL DEFAULT '[]',
            CHECK ((owner_pid IS NULL) = (lease_until IS NULL)),
            CHECK (CASE state WHEN 'running' THEN owner_pid IS NOT NULL
                WHEN 'queued' THEN (owner_pid IS NOT NULL) = foreground ELSE owner_pid IS NULL END)
        )""",
        "INSERT INTO sqlite_sequence SELECT 'jobs_anew', seq FROM sqlite_sequence WHERE name = 'jobs'",
        f"""INSERT INTO jobs_anew ({_KEPT}, state, foreground)
            SELECT {_KEPT}, CASE WHEN state = 'queued' AND {_OF_A_COMMAND} THEN 'stopped' ELSE state END,
            state = 'running' AND {_OF_A_COMMAND} FROM jobs""",  # noqa: S608
        "DROP TABLE jobs",
        "ALTER TABLE jobs_anew RENAME TO jobs",
        "CREATE INDEX jobs_queue ON jobs (state, position)",
        "CREATE INDEX jobs_version ON jobs (version)",
        """CREATE TRIGGER jobs_added AFTER INSERT ON jobs BEGIN
            UPDATE counter SET version = version + 1;
            UPDATE jobs SET version = (SELECT version FROM counter) WHERE number = NEW.number;
        END""",
        """CREATE TRIGGER jobs_changed AFTER UPDATE OF state, foreground, position, attempt, crash_count, stage, step,
            total, eta_seconds, cancel_requested, reason, plan, output, seconds, peak_bytes, notices ON jobs BEGIN
            UPDATE counter SET version = version + 1;
            UPDATE jobs SET version = (SELECT version FROM counter) WHERE number = NEW.number;
        END""",
        """CREATE TRIGGER jobs_removed AFTER DELETE ON jobs BEGIN
            UPDATE counter SET version = version + 1;
            INSERT INTO removed SELECT version, OLD.id FROM counter;
        END""",
    ),
    (
        # What people do with their clips: some are favourites, and what they delete lies in a bin first. And the queue
        # can be told to begin nothing.
        "ALTER TABLE jobs ADD COLUMN favourite INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN binned REAL",  # when, by the wall clock
        "ALTER TABLE counter ADD COLUMN paused INTEGER NOT NULL DEFAULT 0",
        "DROP TRIGGER jobs_changed",
        """CREATE TRIGGER jobs_changed AFTER UPDATE OF title, favourite, binned, state, foreground, position, attempt,
            crash_count, stage, step, total, eta_seconds, cancel_requested, reason, plan, output, seconds, peak_bytes,
            notices ON jobs BEGIN
            UPDATE counter SET version = version + 1;
            UPDATE jobs SET version = (SELECT version FROM counter) WHERE number = NEW.number;
        END""",
        """CREATE TRIGGER queue_paused AFTER UPDATE OF paused ON counter BEGIN
            UPDATE counter SET version = version + 1;
        END""",
    ),
)
