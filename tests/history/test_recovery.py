"""A damaged history costs nobody a video: it is set aside, said, and a new one begins with what is still there."""

from __future__ import annotations

import errno
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.history import earlier
from tests.privacy.conftest import DRAFT, command, run
from videoai.errors import HistoryDamaged, HistoryGone, JobConflict, WriteFailed
from videoai.history import bin, lock, marks, recovery
from videoai.history.database import make_folder
from videoai.history.folder import MARKS
from videoai.history.recovery import open_store
from videoai.history.store import JobStore
from videoai.jobs.submit import submit
from videoai.request import Request
from videoai.system import paths


def not_a_database() -> None:
    paths.database().write_bytes(b"not a database at all" * 300)


def last_pages() -> None:
    content = paths.database().read_bytes()
    paths.database().write_bytes(content[:8192] + b"\xff" * (len(content) - 8192))


def statement(sql: str):
    def damage() -> None:
        import sqlite3

        with closing(sqlite3.connect(paths.database())) as connection, connection:
            connection.execute(sql)

    return damage


DAMAGE = {
    "no database": not_a_database,
    "pages overwritten": last_pages,
    "not JSON": statement("UPDATE jobs SET settings = '{'"),
    "other JSON": statement("UPDATE jobs SET settings = '[1]'"),
    "a blob": statement("UPDATE jobs SET title = x'ff00'"),
    "a time that is none": statement("UPDATE jobs SET created = 'yesterday'"),
    "a time that no calendar has": statement("UPDATE jobs SET created = 1e300"),
    "a time before all": statement("UPDATE jobs SET created = -1"),
    "a number that none holds": statement("UPDATE jobs SET settings = '{\"seed\": 1e999}'"),
    "a number without end": statement(f"UPDATE jobs SET origin = '{{\"n\": {'9' * 5000}}}'"),
    "half a character": statement('UPDATE jobs SET settings = \'{"model": "\\ud800"}\''),
    "no text": statement("UPDATE jobs SET title = CAST(x'ff00' AS TEXT)"),
    "brackets": statement(f"UPDATE jobs SET plan = '{'[' * 900 + ']' * 900}'"),
    "other people's folder": statement("UPDATE jobs SET id = '../../elsewhere' WHERE state = 'done'"),
    "a step that is none": statement("UPDATE jobs SET step = 'one'"),
    "seconds that are none": statement('UPDATE jobs SET seconds = \'{"denoise": "long"}\''),
    "no reason": statement("UPDATE jobs SET reason = '[]'"),
    "a sentence that is none": statement('UPDATE jobs SET notices = \'[{"text": "{x", "values": {}}]\''),
    "no counter": statement("DELETE FROM counter"),
    "not a table": statement("DROP TABLE removed"),
}


@pytest.fixture
def made(tmp_path, outputs):
    """A video that is done, and one that waits."""
    run(command(EXAMPLES / "coffee.png", *DRAFT), tmp_path)
    with closing(open_store(print)) as store:
        given = {"model": "draft", "width": 256, "height": 256, "frames": 4}
        waits = submit(store, EXAMPLES / "rocket.jpg", Request(given=given), print, origin={"photo_id": "x"})
        done = next(job for job in store.jobs() if job.id != waits.id)
    return done, waits


def test_whatever_the_damage_a_new_history_begins_with_what_is_here(made, videoai):
    done, waits = made
    for number, (name, damage) in enumerate(DAMAGE.items(), 1):
        damage()
        notices: list[str] = []
        with closing(open_store(notices.append)) as store:
            after = {job.id: job for job in store.jobs()}
        assert len(notices) == 1, name
        assert notices[0].endswith("Finished videos: 1; unfinished: 1.")
        assert len(list(paths.home().glob("videoai-damaged-*.sqlite3"))) == number, name
        assert after.keys() == {done.id, waits.id}
        found = after[done.id]
        assert (found.state, found.output, found.title, found.settings) == (
            "done",
            done.output,
            done.title,
            done.settings,
        )
        assert abs(found.created - done.created) < 60
        assert (after[waits.id].state, after[waits.id].origin) == ("stopped", {"photo_id": "x"})
    not_a_database()
    listed = videoai("jobs", "list", "--json")
    assert "The history was damaged, so VideoAi kept it as videoai-damaged-" in listed.stderr
    assert len(json.loads(listed.stdout)) == 2
    result = videoai("resume", waits.id, "--json")
    assert json.loads(result.stdout)["path"].endswith(".mp4")


def test_names_favourites_and_the_bin_are_those_of_before(made):
    done, waits = made
    with closing(open_store(print)) as store:
        marks.mark(store, done.id, title="Morning / coffee 👩‍👧", favourite=True)
        marks.mark(store, waits.id, favourite=True)
        marks.mark(store, waits.id, favourite=False)
        bin.put_in(store, waits.id, 1000.0)
    not_a_database()
    began = time.time()
    with closing(open_store(print)) as store:
        found, binned = store.get(done.id), store.get(waits.id)
        assert (found.title, found.favourite, found.binned) == ("Morning / coffee 👩‍👧", True, None)
        assert (binned.title, binned.favourite) == (waits.title, False)
        assert binned.binned >= began, "it has its whole time once more"
        bin.take_out(store, waits.id)
    for damaged in ('{"title": 7}', "[]", "{", '{"title": "\\u0000", "favourite": 1, "binned": "yes"}'):
        (paths.job_folder(done.id) / MARKS).write_text(damaged)
        not_a_database()
        with closing(open_store(print)) as store:
            found = store.get(done.id)
            assert (found.title, found.favourite, found.binned) == (done.title, False, None)
            assert store.get(waits.id).binned is None


def test_on_a_full_disk_a_mark_is_in_the_history_all_the_same(made, monkeypatch, caplog):
    def full(*_: object, **__: object) -> None:
        raise WriteFailed("The disk is full.", "Free some space.")

    monkeypatch.setattr(marks, "whole_file", full)
    with closing(open_store(print)) as store:
        assert marks.mark(store, made[0].id, favourite=True).favourite
        assert store.get(made[0].id).favourite
    assert "The disk is full." in caplog.text


def test_not_while_another_program_has_it_open(own_home, monkeypatch):
    monkeypatch.setattr(lock, "_PATIENCE_SECONDS", 0.3)
    open_store(print).close()
    code = "from videoai.history.recovery import open_store; s = open_store(print); print('open', flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "open\n"
    not_a_database()
    with pytest.raises(HistoryDamaged) as error:
        open_store(print)
    assert "Quit the other copy" in error.value.hint
    other.communicate("\n", timeout=30)
    open_store(print).close()


def test_an_earlier_version_that_runs_keeps_the_tables_that_it_knows(own_home, monkeypatch):
    """It would take the new ones for damaged, in the middle of a video."""
    monkeypatch.setattr(lock, "_PATIENCE_SECONDS", 0.3)
    make_folder(paths.home())
    earlier.make_of_version_two(paths.database())
    held = lock.hold()
    try:
        with pytest.raises(JobConflict, match="earlier version") as refused:
            open_store(print)
        assert "Quit the other copy" in refused.value.hint
        with closing(sqlite3.connect(paths.database())) as connection:
            assert connection.execute("SELECT request FROM jobs").fetchall()
    finally:
        os.close(held)
    with closing(open_store(print)) as store:
        assert store.get(earlier.DONE).origin == earlier.ORIGIN


def test_on_a_full_disk_the_old_one_stays_until_all_can_be_listed(made, tmp_path, monkeypatch):
    """What a half new history would leave out, nobody would look for again."""
    from videoai.errors import WriteFailed

    done, waits = made
    not_a_database()
    calls = []

    def restore(store, id, *more, **marked):
        calls.append(id)
        if len(calls) == 2:
            raise WriteFailed("full", "") from OSError(errno.EIO, "")
        return whole(store, id, *more, **marked)

    whole = JobStore.restore
    monkeypatch.setattr(JobStore, "restore", restore)
    with pytest.raises(WriteFailed):
        open_store(print)
    assert paths.database().read_bytes().startswith(b"not a database")
    monkeypatch.setattr(JobStore, "restore", whole)
    notices: list[str] = []
    with closing(open_store(notices.append)) as store:
        assert {job.id for job in store.jobs()} == {done.id, waits.id}
    assert "VideoAi kept it as videoai-damaged-" in notices[0]
    assert list(paths.temporary().iterdir()) == []


def test_who_had_it_alone_lets_others_in_whatever_happened(own_home):
    with pytest.raises(RuntimeError), lock.history_alone():
        raise RuntimeError
    held = lock.hold()
    try:
        with pytest.raises(RuntimeError), lock.alone(held, HistoryDamaged("x")):
            raise RuntimeError
        open_store(print).close()
    finally:
        os.close(held)


def missing() -> None:
    paths.database().unlink()


def empty() -> None:
    paths.database().write_bytes(b"")


@pytest.mark.parametrize("damage", [missing, empty])
def test_a_history_that_is_gone_is_said_and_begins_with_what_is_here(made, damage):
    done, waits = made
    for ending in ("-wal", "-shm"):
        paths.database().with_name(paths.database().name + ending).unlink(missing_ok=True)
    damage()
    notices: list[str] = []
    with closing(open_store(notices.append)) as store:
        assert {job.id: job.state for job in store.jobs()} == {done.id: "done", waits.id: "stopped"}
    assert notices == [
        "The history was missing, so VideoAi began a new one. Finished videos: 1; unfinished: 1.",
    ]
    with closing(open_store(notices.append)):
        assert len(notices) == 1


def test_a_new_home_is_not_worth_a_word(own_home):
    shutil.rmtree(paths.home())
    notices: list[str] = []
    open_store(notices.append).close()
    open_store(notices.append).close()
    assert notices == []


def test_who_is_late_opens_what_another_has_begun_anew_and_keeps_open(made, monkeypatch):
    missing()
    first = open_store(lambda _: None)
    monkeypatch.setattr(lock, "_PATIENCE_SECONDS", 0.2)
    sound, looks = recovery._sound, []

    def as_it_was_before(held: int) -> JobStore:
        looks.append(held)
        if len(looks) == 1:
            raise HistoryDamaged("gone", "")
        return sound(held)

    monkeypatch.setattr(recovery, "_sound", as_it_was_before)
    second = open_store(lambda _: None)
    assert len(second.jobs()) == len(first.jobs()) == 2
    assert len(looks) == 2


def test_many_programs_that_find_it_gone_at_once_agree(made):
    missing()
    code = "from videoai.history.recovery import open_store; input(); s = open_store(lambda n: print(n[:24]))\n"
    code += "print(len(s.jobs()), flush=True); input()"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(3)
    ]
    for process in started:
        process.stdin.write("\n")
        process.stdin.flush()
    found = [process.communicate("\n", timeout=60)[0].split("\n") for process in started]
    assert sorted(lines[-2] for lines in found) == ["2"] * 3
    assert sum(lines[0] == "The history was missing, so"[:24] for lines in found) == 1


def test_a_home_that_is_deleted_under_it_takes_nothing_more(made):
    with closing(open_store(print)) as store:
        shutil.rmtree(paths.home())
        with pytest.raises(HistoryGone, match="was deleted or replaced while VideoAi was using it") as error:
            store.add("photo.jpg", {})
        assert error.value.hint
        with pytest.raises(HistoryGone):
            store.jobs()
        with closing(open_store(print)) as other:
            other.add("photo.jpg", {})
        with pytest.raises(HistoryGone):
            store.jobs()


def test_folders_that_say_nothing_are_passed_over(own_home):
    (paths.jobs() / "0123456789abcd").mkdir(parents=True)
    (paths.jobs() / "0123456789abce").mkdir()
    (paths.jobs() / "0123456789abce" / "task.json").write_text("[" * 100_000)
    (paths.jobs() / "not an id").mkdir()
    for letter, content in zip("fghjk", TASKS, strict=True):
        (paths.jobs() / f"0123456789abc{letter}").mkdir()
        (paths.jobs() / f"0123456789abc{letter}" / "task.json").write_text(content)
    not_a_database()
    with closing(open_store(print)) as store:
        assert store.jobs() == []


TASKS = [
    '{"settings": {"model": "draft"}, "photo": "a.jpg", "plan": null, "origin": {"x": NaN}}',
    '{"settings": {"model": "draft"}, "photo": "a.jpg", "plan": null, "origin": {"x": 1e999}}',
    '{"settings": {"model": "draft"}, "photo": "a.jpg", "plan": null, "origin": {"x": "\\ud800"}}',
    '{"settings": {"model": "draft"}, "photo": "a.jpg", "plan": null, "origin": ' + '{"x":' * 900 + "1" + "}" * 901,
    '{"settings": {"model": "draft"}, "photo": "a.jpg", "plan": null, "offline": "no"}',
]


def test_a_photo_whose_name_is_no_utf8_is_listed_again(made):
    _, waits = made
    task = paths.job_folder(waits.id) / "task.json"
    values = json.loads(task.read_text()) | {"photo": "/home/me/caf\udce9.jpg"}
    task.write_text(json.dumps(values))
    not_a_database()
    with closing(open_store(print)) as store:
        assert store.get(waits.id).title == "caf.jpg"
