"""The file of the jobs: its modes, its migrations, what is said when it cannot be used."""

from __future__ import annotations

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from contextlib import closing

import pytest

from tests.conftest import ROOT
from tests.history import earlier
from videoai.errors import BadOutput, HistoryDamaged, HistoryTooNew, WriteFailed
from videoai.history import database
from videoai.history.database import Database, set_aside
from videoai.history.migrations import MIGRATIONS
from videoai.history.owner import Owner
from videoai.history.search import queue_of
from videoai.history.store import JobStore
from videoai.system import paths


@pytest.fixture
def path():
    """Where the database will be, in a home that is not there yet."""
    shutil.rmtree(paths.home())
    return paths.database()


def make(path, count=1):
    with closing(JobStore(path)) as store:
        return [store.add(f"{index}.jpg", {}).id for index in range(count)]


def pragma(path, name):
    with closing(Database(path)) as opened, opened.writing() as connection:
        return connection.execute(f"PRAGMA {name}").fetchone()[0]


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_in_the_home_and_nobody_else_can_read_it(path, own_home):
    assert path == own_home / "data" / "videoai.sqlite3"
    before = os.umask(0)
    try:
        with closing(JobStore(path)) as store:
            store.add("photo.jpg", {})
            files = sorted(path.parent.iterdir())
            assert [file.name for file in files] == [path.name + end for end in ("", "-shm", "-wal")]
            assert [mode(file) for file in files] == [0o600] * 3
            assert mode(path.parent) == 0o700
    finally:
        os.umask(before)


def test_a_folder_made_before_is_closed_to_others_unless_it_is_meant_for_all(path, tmp_path):
    for folder, given, expected in (("mine", 0o755, 0o700), ("all", 0o1777, 0o1777)):
        place = tmp_path / folder
        place.mkdir()
        place.chmod(given)
        make(place / "x.sqlite3")
        assert mode(place) == expected
        assert mode(place / "x.sqlite3") == 0o600


def test_what_is_committed_survives_a_power_cut(path):
    assert pragma(path, "journal_mode") == "wal"
    assert pragma(path, "synchronous") == 2
    assert pragma(path, "foreign_keys") == 1
    assert pragma(path, "busy_timeout") == database.BUSY_SECONDS * 1000
    if sys.platform == "darwin":
        assert pragma(path, "fullfsync") == 1


def test_an_empty_file_becomes_a_database_and_a_second_opening_changes_nothing(path):
    path.parent.mkdir(parents=True)
    path.touch()
    assert pragma(path, "user_version") == len(MIGRATIONS)
    changed = pragma(path, "schema_version")
    assert pragma(path, "schema_version") == changed


def test_only_the_migrations_that_are_missing_are_applied(path, monkeypatch):
    ids = make(path)
    monkeypatch.setattr(
        database, "MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE later (x)", "INSERT INTO later VALUES (7)"))
    )
    with closing(Database(path)) as opened, opened.reading() as connection:
        assert connection.execute("SELECT x FROM later").fetchall()[0][0] == 7
        assert connection.execute("SELECT id FROM jobs").fetchall()[0][0] == ids[0]
    assert pragma(path, "user_version") == len(MIGRATIONS) + 1


def test_the_jobs_of_an_earlier_version_are_taken_over(path):
    path.parent.mkdir(parents=True)
    earlier.make_of_version_two(path)
    with closing(JobStore(path)) as store:
        store.check()
        done, running = store.get(earlier.DONE), store.get(earlier.RUNNING)
        assert (done.state, done.output, done.origin, done.worker) == ("done", "a.mp4", earlier.ORIGIN, None)
        assert (running.state, running.owner.pid, running.worker) == ("running", 7, earlier.WORKER)
        assert running.foreground, "what no page has asked for was a command's"
        assert Owner.from_dict(running.worker).to_dict() == earlier.WORKER
        before = store.version()
        assert store.add("c.jpg", {}, {"preset": "fast"}).version == before + 1, "the triggers are there"


def test_what_waited_for_a_command_is_stopped_since_there_is_that_state(path):
    path.parent.mkdir(parents=True)
    earlier.make_of_version_three(path)
    with closing(JobStore(path)) as store:
        store.check()
        found = {job.title: job for job in reversed(store.jobs())}
        assert list(found) == list(earlier.BEFORE_STOPPED), "in the order of arrival"
        assert [job.state for job in found.values()] == ["queued", "queued", "stopped", "stopped", "cancelled"]
        assert queue_of(store) == [found["a page's"].id, found["a finished one's"].id]
        assert {job.foreground for job in found.values()} == {False}
        added, before = store.add("new.jpg", {}), store.version()
        with store.database.reading() as connection:
            number = connection.execute("SELECT number FROM jobs WHERE id = ?", (added.id,)).fetchone()[0]
        assert number == len(earlier.BEFORE_STOPPED) + 2, "no number comes twice"
        store.cancel(added.id)
        store.remove(added.id)
        assert store.version() == before + 2, "the triggers are there"


def test_a_migration_that_fails_leaves_all_as_it_was(path, monkeypatch):
    make(path)
    monkeypatch.setattr(database, "MIGRATIONS", (*MIGRATIONS, ("CREATE TABLE later (x)",), ("DROP TABLE nothing",)))
    with pytest.raises(HistoryDamaged):
        Database(path)
    monkeypatch.setattr(database, "MIGRATIONS", MIGRATIONS)
    with closing(Database(path)) as opened, opened.reading() as connection:
        assert connection.execute("SELECT name FROM sqlite_master WHERE name = 'later'").fetchall() == []


def test_a_database_of_a_newer_version_is_refused_and_not_touched(path):
    make(path)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = DELETE")
        connection.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(HistoryTooNew, match="made by a newer version of VideoAi") as error:
        JobStore(path)
    assert "Update VideoAi" in error.value.hint
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["not a database at all" * 100, None])
def test_a_damaged_file_is_a_sentence_and_can_be_set_aside(path, damage):
    make(path, 50)
    content = path.read_bytes()
    path.write_bytes(damage.encode() if damage else content[:4096] + b"\xff" * (len(content) - 4096))
    with (
        pytest.raises(HistoryDamaged, match="is damaged and cannot be read") as error,
        closing(JobStore(path)) as store,
    ):
        store.jobs()
    assert error.value.hint
    damaged = path.read_bytes()
    log = path.with_name(path.name + "-wal")
    log.write_bytes(b"left")
    aside = set_aside(path)
    assert aside.read_bytes() == damaged
    assert aside.with_name(aside.name + "-wal").read_bytes() == b"left"
    assert not path.exists()
    assert not log.exists()
    make(path)
    assert set_aside(path) != aside


def test_a_row_that_was_never_written_so_is_damage(path):
    make(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE jobs SET settings = '{'")
    with closing(JobStore(path)) as store, pytest.raises(HistoryDamaged):
        store.jobs()


def test_a_time_that_no_calendar_has_is_damage_also_while_it_is_open(path):
    make(path)
    with closing(JobStore(path)) as store:
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE jobs SET created = 1e300")
        with pytest.raises(HistoryDamaged):
            store.jobs()


def test_another_database_is_not_taken_for_ours(path):
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("CREATE TABLE jobs (x)")
    with pytest.raises(HistoryDamaged):
        JobStore(path)


def test_a_place_that_cannot_be_used_is_a_sentence(path):
    path.parent.parent.mkdir(exist_ok=True)
    path.parent.write_text("a file where the folder should be")
    with pytest.raises(BadOutput, match="cannot be a folder: it is a file") as error:
        JobStore(path)
    assert "VIDEOAI_HOME" in error.value.hint
    path.parent.unlink()
    path.mkdir(parents=True)
    with pytest.raises(WriteFailed, match="could not be written: it cannot be opened"):
        JobStore(path)


def test_what_its_folder_is_called_is_no_reason(tmp_path):
    home = tmp_path / "fulldisk" / "unlocked"
    with closing(JobStore(home / "x.sqlite3")) as store:
        home.rename(tmp_path / "away")
        home.symlink_to("x" * 300)  # which no system follows
        with pytest.raises(WriteFailed, match=r"cannot be used: the name is too long\."):
            store.jobs()
        home.unlink()


def test_a_file_that_another_program_holds_is_a_sentence(path, monkeypatch):
    make(path)
    monkeypatch.setattr(database, "BUSY_SECONDS", 0.1)
    with closing(JobStore(path)) as store, closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(WriteFailed, match="another program is using it"):
            store.add("photo.jpg", {})
        assert len(store.jobs()) == 1
        other.rollback()
        store.add("photo.jpg", {})


def test_making_it_waits_for_who_makes_it_already(path):
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        released = []
        release = threading.Timer(0.2, lambda: (released.append(True), other.rollback()))
        release.start()
        make(path)
        assert released
        release.join()


def test_many_processes_can_make_it_at_once(path):
    code = "import sys; from pathlib import Path; from videoai.history.store import JobStore\n"
    code += "sys.stdin.read(); s = JobStore(Path(sys.argv[1])); s.add('p.jpg', {}); s.close()"
    command = [sys.executable, "-c", code, str(path)]
    started = [
        subprocess.Popen(command, env=os.environ | {"PYTHONPATH": str(ROOT)}, stdin=subprocess.PIPE) for _ in range(8)
    ]
    for process in started:
        process.stdin.close()
    assert [process.wait(60) for process in started] == [0] * 8
    with closing(JobStore(path)) as store:
        assert len(store.jobs()) == 8


def test_importing_the_store_loads_nothing_heavy():
    heavy = ("torch", "numpy", "psutil", "platformdirs", "subprocess")
    code = f"import sys, videoai.history.store; print([name for name in {heavy} if name in sys.modules])"
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
