"""A moment of what `python -m tests.fuzz DOOR` does for minutes, and all that it ever found."""

from __future__ import annotations

import warnings

import pytest
from hypothesis import HealthCheck, given, settings

from tests.fuzz import doors
from tests.fuzz.__main__ import SEEDS
from tests.fuzz.doors import DOORS
from tests.fuzz.spoiling import spoilt

MOMENT = {"photo": 60, "depth": 60, "video": 30, "request": 40, "safetensors": 60}


@pytest.fixture
def clean(own_home, monkeypatch):
    """An app for this test alone."""
    from videoai.jobs.queue import Queue
    from videoai.memory import processor

    monkeypatch.setattr(Queue, "start", Queue.start)  # put back in the end
    monkeypatch.setattr(Queue, "stop", Queue.stop)
    monkeypatch.setattr(processor, "_asked", processor._asked)
    monkeypatch.setenv("VIDEOAI_HOME", str(own_home / "data"))
    doors.site.cache_clear()
    yield
    doors.site.cache_clear()


@pytest.mark.parametrize("name", DOORS)
def test_what_is_spoilt_later_is_taken_or_refused_in_words(name, clean):
    for data in DOORS[name].examples():
        DOORS[name].go(data)


@pytest.mark.parametrize("name", DOORS)
def test_what_was_found_is_refused_in_words(name, clean):
    for path in sorted((SEEDS / name).glob("*.bin")):
        DOORS[name].go(path.read_bytes())


@pytest.mark.parametrize("name", DOORS)
def test_spoilt_bytes_are_refused_in_words(name, clean):
    @settings(
        max_examples=MOMENT[name],
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(spoilt(DOORS[name].examples()))
    def attempt(data):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            DOORS[name].go(data)

    attempt()
