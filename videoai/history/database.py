"""The SQLite file: opening it safely, bringing it up to date, and saying what is wrong with it."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from videoai.errors import BadOutput, HistoryDamaged, HistoryGone, HistoryTooNew, WriteFailed
from videoai.history.migrations import MIGRATIONS
from videoai.language import say
from videoai.system import private_files
from videoai.system.reasons import reason

BUSY_SECONDS = 20.0
"""How long to wait for another process's write, which takes milliseconds unless the machine is swapping."""


class UnsoundRow(Exception):
    """A row holds what was never written so: a block of `Database` makes HistoryDamaged of it."""


class Database:
    """Two connections, for reading and for writing, that the threads of a process take turns with; each process opens
    its own.

    Statements take milliseconds, so that taking turns costs nothing, and a connection that stays open makes
    polling cheap. Who reads waits for nobody who writes, be it a thread of this process that waits for another
    program. Not to be carried over a fork.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, made if it is not there, and bring its tables up to date.

        Raises HistoryDamaged, HistoryTooNew, WriteFailed, BadOutput.
        """
        self.path = path
        self._reading, self._writing = threading.Lock(), threading.Lock()
        make_folder(path.parent)
        self._writer = _connected(path)
        try:
            with _explained(path):
                _set_up(self._writer, path)
                self._file = _identity(path)
            self._reader = _connected(path)
            self._reader.row_factory = sqlite3.Row
        except BaseException:
            self._writer.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Statements that see one and the same state, and wait for no writer."""
        with self._reading, _explained(self.path):
            self._check_identity()
            with _all_or_nothing(self._reader, "BEGIN"):
                yield self._reader

    @contextmanager
    def writing(self, patience: float | None = None) -> Iterator[sqlite3.Connection]:
        """Statements that happen all or not at all; when the block has ended they are on the disk.

        Waits for `patience` seconds for whoever writes meanwhile, by default BUSY_SECONDS. Raises WriteFailed then.
        """
        patience = BUSY_SECONDS if patience is None else patience
        with _explained(self.path), _taken(self._writing, patience):
            self._check_identity()
            self._writer.execute(f"PRAGMA busy_timeout = {round(patience * 1000)}")
            with _all_or_nothing(self._writer, "BEGIN IMMEDIATE"):
                yield self._writer
            self._check_identity()  # what was written is worth nothing if it is in a file that has no name any more

    def _check_identity(self) -> None:
        """Raises HistoryGone if what is open is no longer the file of that name."""
        try:
            if _identity(self.path) == self._file:
                return
        except (FileNotFoundError, NotADirectoryError):
            pass
        raise HistoryGone(
            say("The job history in {path} was deleted or replaced while VideoAi was using it.", path=self.path),
            say("Stop VideoAi and start it again. Finished videos are not affected."),
        )

    def check(self, query: str) -> None:
        """Raises HistoryDamaged if a page of the file is not what it should be, or `query` finds a row."""
        with self.reading() as connection:
            found = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
            if found != "ok" or connection.execute(query).fetchone() is not None:
                raise damaged(self.path)

    def shrink(self) -> None:
        """Make the file anew of what is in it, and empty the log: what was deleted is in neither any more."""
        with _explained(self.path), _taken(self._writing, BUSY_SECONDS):
            self._writer.execute(f"PRAGMA busy_timeout = {round(BUSY_SECONDS * 1000)}")
            try:
                self._writer.execute("VACUUM")
            except sqlite3.OperationalError as error:
                # It needs as much space as the file has. Without it the file stays larger than it has to be: what was
                # deleted is overwritten in it even so (secure_delete).
                if not any(part in str(error).lower() for part in ("full", "disk i/o")):
                    raise
            give_up = time.monotonic() + BUSY_SECONDS
            while self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]:
                if time.monotonic() > give_up:
                    raise _locked()
                time.sleep(0.05)

    def close(self) -> None:
        """Close the file; nothing else may be called afterwards."""
        with self._reading, self._writing:
            self._reader.close()
            self._writer.close()  # the last one, so that SQLite empties the log


def is_of_an_earlier_version(path: Path) -> bool:
    """Whether opening it changes its tables, under whoever has it open. Raises HistoryDamaged, WriteFailed."""
    if not path.exists():
        return False
    with closing(_connected(path)) as connection, _explained(path):
        return 0 < _version(connection) < len(MIGRATIONS)


def _connected(path: Path) -> sqlite3.Connection:
    with _explained(path):
        return sqlite3.connect(path, timeout=BUSY_SECONDS, isolation_level=None, check_same_thread=False)


@contextmanager
def _taken(turn: threading.Lock, patience: float) -> Iterator[None]:
    """Another thread of this process may be waiting for another program, with the turn in its hand."""
    if not turn.acquire(timeout=patience):
        raise _locked()
    try:
        yield
    finally:
        turn.release()


def _locked() -> sqlite3.OperationalError:
    return sqlite3.OperationalError("database is locked")  # in SQLite's words, which _explained knows


@contextmanager
def _all_or_nothing(connection: sqlite3.Connection, begin: str) -> Iterator[None]:
    try:
        connection.execute(begin)
        yield
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.rollback()


def _set_up(connection: sqlite3.Connection, path: Path) -> None:
    connection.row_factory = sqlite3.Row
    private_files.narrow(path.resolve())  # before anything is written; SQLite gives the files beside it the same mode
    if _version(connection) > len(MIGRATIONS):
        raise _too_new(path)  # before anything is changed
    _use_wal(connection)
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is deleted is not left in the file
    connection.execute("PRAGMA temp_store = MEMORY")  # nor in the system's folder for temporary files
    if sys.platform == "darwin":  # where fsync alone leaves the data in the drive's cache
        connection.execute("PRAGMA fullfsync = 1")
        connection.execute("PRAGMA checkpoint_fullfsync = 1")
    _migrate(connection, path)


def _migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Apply the migrations that the file has not had, all of them or none."""
    if _version(connection) == len(MIGRATIONS):
        return
    with _all_or_nothing(connection, "BEGIN IMMEDIATE"):
        done = _version(connection)  # another process may have been first
        if done > len(MIGRATIONS):
            raise _too_new(path)
        for number, statements in enumerate(MIGRATIONS[done:], done + 1):
            for statement in statements:
                _apply(connection, statement)
            connection.execute(f"PRAGMA user_version = {number}")


def _apply(connection: sqlite3.Connection, statement: str) -> None:
    """One statement of a migration. Raises UnsoundRow for a row that was never written so."""
    try:
        connection.execute(statement)
    except sqlite3.IntegrityError as error:
        raise UnsoundRow from error


def _identity(path: Path) -> tuple[int, int]:
    found = path.stat()
    return found.st_dev, found.st_ino


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _use_wal(connection: sqlite3.Connection) -> None:
    """A file system that cannot have it keeps SQLite's older journal, which is as safe and a little slower."""
    give_up = time.monotonic() + BUSY_SECONDS
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            # For this one statement SQLite does not wait: two processes that make the file at once collide.
            if "locked" not in str(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.01)


def make_folder(folder: Path) -> None:
    """The program's own folder, closed to others. Raises WriteFailed."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        private_files.narrow(folder.resolve())
        private_files.close_home()
    except (FileExistsError, NotADirectoryError) as error:
        raise BadOutput(
            say("{folder} cannot be a folder: it is a file, or inside one.", folder=folder),
            say("Set VIDEOAI_HOME to a folder you can write to."),
        ) from error
    except OSError as error:
        raise WriteFailed(
            say(
                "The folder {folder} cannot be used: {reason}.",
                folder=folder,
                reason=reason(error),
            ),
            say("Make it writable, or set VIDEOAI_HOME to a folder you can write to."),
        ) from error


def _too_new(path: Path) -> HistoryTooNew:
    return HistoryTooNew(
        say("The job history in {path} was made by a newer version of VideoAi.", path=path),
        say("Update VideoAi, or set VIDEOAI_HOME to another folder."),
    )


def damaged(path: Path) -> HistoryDamaged:
    """What to raise when the file holds something that was never written to it."""
    return HistoryDamaged(
        say("The job history in {path} is damaged and cannot be read.", path=path),
        say("Finished videos are not affected. Start VideoAi again: it begins a new history with what it finds."),
    )


_ELSEWHERE = say("Make it writable, or set VIDEOAI_HOME to another folder.")

# By SQLite's words, which are the same in all its versions: its codes reach Python only from 3.11 on.
_REASONS = {
    "full": (say("the disk is full"), say("Free some space, then try again.")),
    "readonly": (say("you don't have permission to write there"), _ELSEWHERE),
    "unable to open": (say("it cannot be opened"), _ELSEWHERE),
    "disk i/o": (
        say("the disk reported an error"),
        say("Check that the disk has free space and works properly, then try again."),
    ),
    "locked": (say("another program is using it"), say("Close the other program that uses the file, then try again.")),
}


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    """Turn SQLite's and the system's refusals into our errors."""
    try:
        yield
    except OSError as error:  # not by its words, among which is the path: a disk may be called "full"
        raise WriteFailed(
            say("The job history in {path} cannot be used: {reason}.", path=path, reason=reason(error)),
            _ELSEWHERE,
        ) from error
    except UnsoundRow as error:
        raise damaged(path) from error
    except sqlite3.Error as error:
        words = str(error).lower()
        for part, (why, hint) in _REASONS.items():
            if part in words:
                raise WriteFailed(
                    say("The job history in {path} could not be written: {reason}.", path=path, reason=why), hint
                ) from error
        if isinstance(error, (sqlite3.ProgrammingError, sqlite3.IntegrityError, sqlite3.InterfaceError)):
            raise  # a mistake of ours
        raise damaged(path) from error


def set_aside(path: Path) -> Path | None:
    """Give the database another name, with the two files beside it, so that a new one can begin; that name.

    None if there was nothing at all. For when no process has it open. Raises WriteFailed, BadOutput.
    """
    from videoai.system import files
    from videoai.system.set_aside import for_damaged

    aside = for_damaged(path)
    found = False
    with files.write_errors(path):
        # The log first: were it left behind, SQLite would replay it into the new database.
        for ending in ("-wal", "-shm", ""):
            beside = path.with_name(path.name + ending)
            if beside.exists():
                found |= beside.stat().st_size > 0
                beside.rename(aside.with_name(aside.name + ending))
        files.sync(path.parent)
    return aside if found else None
