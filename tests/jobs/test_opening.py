"""A damaged history costs nobody a video: it is set aside, said, and a new one begins with what is still there."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import closing

import pytest

from tests.conftest import EXAMPLES, ROOT
from tests.privacy.conftest import DRAFT, command, run
from videoai import paths
from videoai.errors import HistoryDamaged
from videoai.jobs.opening import open_store
from videoai.jobs.submission import submit
from videoai.request import Request


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
    "no JSON": statement("UPDATE jobs SET settings = '{'"),
    "other JSON": statement("UPDATE jobs SET settings = '[1]'"),
    "a blob": statement("UPDATE jobs SET title = x'ff00'"),
    "a time that is none": statement("UPDATE jobs SET created = 'yesterday'"),
    "no counter": statement("DELETE FROM counter"),
    "no table": statement("DROP TABLE removed"),
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
        assert notices[0].endswith("Videos that are done: 1; that are not: 1.")
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
        assert (after[waits.id].state, after[waits.id].request) == ("cancelled", {"photo_id": "x"})
    not_a_database()
    listed = videoai("jobs", "list", "--json")
    assert "The history was damaged. It is kept as videoai-damaged-" in listed.stderr
    assert len(json.loads(listed.stdout)) == 2
    result = videoai("resume", waits.id, "--json")
    assert json.loads(result.stdout)["path"].endswith(".mp4")


def test_not_while_another_program_has_it_open(own_home):
    open_store(print).close()
    code = "from videoai.jobs.opening import open_store; s = open_store(print); print('open', flush=True); input()"
    other = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdout.readline() == "open\n"
    not_a_database()
    with pytest.raises(HistoryDamaged) as error:
        open_store(print)
    assert "End the other program" in error.value.hint
    other.communicate("\n", timeout=30)
    open_store(print).close()


def test_folders_that_say_nothing_are_passed_over(own_home):
    (paths.jobs() / "0123456789abcd").mkdir(parents=True)
    (paths.jobs() / "0123456789abce").mkdir()
    (paths.jobs() / "0123456789abce" / "task.json").write_text("[" * 100_000)
    (paths.jobs() / "not an id").mkdir()
    not_a_database()
    with closing(open_store(print)) as store:
        assert store.jobs() == []
