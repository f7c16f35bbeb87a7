"""The queue from the command line: paused, gone on with, emptied, and said where the jobs are listed."""

from __future__ import annotations

import json

import pytest

from tests.conftest import EXAMPLES
from videoai.history.store import JobStore
from videoai.jobs.queue import PAUSED
from videoai.jobs.submit import submit
from videoai.request import Request
from videoai.system import paths

SMALL = {"model": "draft", "width": 256, "height": 256, "frames": 4, "seed": 1}


@pytest.fixture
def waiting(own_home):
    """Two jobs that wait in line, and the history they are in."""
    store = JobStore(paths.database())
    yield [submit(store, EXAMPLES / "coffee.png", Request(SMALL), lambda event: None).id for _ in range(2)], store
    store.close()


def test_paused_it_is_said_with_the_list_until_it_goes_on(inside, waiting):
    assert str(PAUSED) in inside("jobs", "pause").stdout
    listed = inside("jobs", "list", "--json")
    assert len(json.loads(listed.stdout)) == 2
    assert str(PAUSED) in listed.stderr
    assert inside("jobs", "continue").stdout == "The queue goes on. Videos waiting: 2.\n"
    assert inside("jobs", "continue").stdout == "The queue was not paused. Videos waiting: 2.\n"
    assert str(PAUSED) not in inside("jobs", "list").stderr
    assert json.loads(inside("jobs", "pause", "--json").stdout) == {"paused": True, "waiting": 2}


def test_what_a_command_makes_is_not_held(inside, waiting, tmp_path):
    inside("jobs", "pause")
    flags = ("--model", "draft", "--width", "256", "--height", "256", "--frames", "4")
    done = inside(str(EXAMPLES / "coffee.png"), "--output", str(tmp_path / "clip.mp4"), *flags)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "clip.mp4").is_file()


def test_it_is_emptied_and_says_of_how_many(inside, waiting):
    ids, store = waiting
    assert json.loads(inside("jobs", "clear", "--json").stdout) == {"cancelled": ids}
    assert [store.get(id).state for id in ids] == ["cancelled"] * 2
    assert inside("jobs", "clear").stdout == "Nothing waits in the queue.\n"
