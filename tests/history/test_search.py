"""The history as a gallery looks at it: filtered, a page at a time, and quick with thousands of clips."""

from __future__ import annotations

import time
from datetime import date, datetime

import pytest

from videoai.errors import BadInput, JobUnknown
from videoai.history import marks, search
from videoai.history.job import DONE, STOPPED, new_id
from videoai.history.search import Filter

MANY = 5000
SECONDS = 0.25
"""Within which a page of them is found, on a machine that does other things meanwhile."""


def fill(store, count):
    """Clips of two models, a day apart, every tenth a favourite and every hundredth stopped; the oldest first."""
    first = datetime(2020, 1, 1, 12).timestamp()
    rows = []
    for number in range(count):
        made = first + 86400 * number
        model = "draft" if number % 2 else "/home/me/models/my.safetensors"
        state = STOPPED if number % 100 == 99 else DONE
        rows.append((new_id(made), made, f"Clip {number}", f'{{"model": "{model}"}}', state, number % 10 == 0, number))
    with store.database.writing() as connection:
        connection.executemany(
            """INSERT INTO jobs (id, created, title, settings, origin, state, favourite, position)
            VALUES (?, ?, ?, ?, '{}', ?, ?, ?)""",
            rows,
        )


def titles(store, wanted, **options):
    found, _ = search.page(store, wanted, limit=200, **options)
    return [job.title for job in found]


def test_every_filter_counts_and_all_of_them_together(store):
    fill(store, 40)
    assert titles(store, Filter(model="draft"))[:2] == ["Clip 39", "Clip 37"]
    assert titles(store, Filter(model="my.safetensors"))[:2] == ["Clip 38", "Clip 36"]
    assert titles(store, Filter(model="afetensors")) == [], "of a name, all of it"
    assert titles(store, Filter(favourite=True)) == ["Clip 30", "Clip 20", "Clip 10", "Clip 0"]
    assert len(titles(store, Filter(favourite=False))) == 36
    days = Filter(since=date(2020, 1, 3), until=date(2020, 1, 5))
    assert titles(store, days) == ["Clip 4", "Clip 3", "Clip 2"], "both days belong to it"
    both = Filter([DONE], "clip 1", "my.safetensors", True, date(2020, 1, 2), date(2020, 1, 31))
    assert titles(store, both) == ["Clip 10"]


def test_pages_of_what_was_filtered_leave_no_gap(store):
    fill(store, 220)
    wanted, seen, before, more = Filter([DONE], model="draft"), [], None, True
    while more:
        found, more = search.page(store, wanted, limit=50, before=before)
        seen += [job.title for job in found]
        before = found[-1].id
    assert seen == [f"Clip {number}" for number in range(219, 0, -2) if number % 100 != 99]


def test_what_there_is_to_choose_from(store):
    fill(store, 41)
    assert search.kinds(store) == {
        "models": [{"model": "my.safetensors", "clips": 21}, {"model": "draft", "clips": 20}],
        "months": [{"month": "2020-02", "clips": 10}, {"month": "2020-01", "clips": 31}],
    }


def test_five_thousand_clips_are_searched_in_a_moment(store):
    fill(store, MANY)
    wanted = [
        Filter([DONE]),
        Filter([DONE], favourite=True, model="my.safetensors"),
        Filter([DONE], since=date(2020, 1, 1), until=date(2020, 1, 2)),
        Filter([DONE], text="no clip has these words"),
    ]
    for act in [
        *(lambda each=each: search.page(store, each, limit=50) for each in wanted),
        lambda: search.kinds(store),
    ]:
        begun = time.perf_counter()
        act()
        assert time.perf_counter() - begun < SECONDS


def test_a_clip_gets_another_name_and_is_a_favourite(store):
    job = store.add("coffee.png", {"model": "draft"})
    version = store.version()
    named = marks.mark(store, job.id, title="  My  \n morning\u200b coffee ")
    assert (named.title, named.favourite) == ("My morning coffee", False)
    assert store.version() > version, "other pages are told"
    starred = marks.mark(store, job.id, favourite=True)
    assert (starred.title, starred.favourite) == (named.title, True)
    assert marks.mark(store, job.id, favourite=False).favourite is False


@pytest.mark.parametrize("title", ["", "   ", "\n\t", "x" * 101])
def test_a_clip_has_a_name_of_one_line(store, title):
    job = store.add("coffee.png", {"model": "draft"})
    with pytest.raises(BadInput):
        marks.mark(store, job.id, title=title)
    assert store.get(job.id).title == "coffee.png"


def test_no_other_job_is_marked(store):
    job = store.add("coffee.png", {"model": "draft"})
    with pytest.raises(JobUnknown):
        marks.mark(store, job.id[:6], title="by the beginning of its id")
