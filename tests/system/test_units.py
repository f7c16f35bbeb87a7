"""How sizes and times are written, in both languages, and that nobody writes them otherwise."""

from __future__ import annotations

import re

import pytest

from tests.conftest import ROOT
from videoai.language import speaking
from videoai.language.text import shown
from videoai.system.units import arithmetic, duration, length, size, speed

MARKS = re.compile(r"}\s?(?:[KMGT]i?B|kB|min|h|s)\b(?!/)")
"""A unit after a value of a sentence."""


@pytest.mark.parametrize(
    ("count", "english", "italian"),
    [
        (0, "0 kB", "0 kB"),
        (1, "1 kB", "1 kB"),
        (1_499, "1 kB", "1 kB"),
        (340_000, "340 kB", "340 kB"),
        (999_499, "999 kB", "999 kB"),
        (999_500, "1 MB", "1 MB"),
        (12_000_000, "12 MB", "12 MB"),
        (999_600_000, "1.0 GB", "1,0 GB"),
        (8 * 2**30, "8.6 GB", "8,6 GB"),
        (99.9e9, "99.9 GB", "99,9 GB"),
        (99.96e9, "100 GB", "100 GB"),
        (2_000e9, "2000 GB", "2000 GB"),
    ],
)
def test_sizes_are_written_as_macos_shows_them(count, english, italian):
    assert size(count) == english
    with speaking("it"):
        assert shown(size(count)) == italian


@pytest.mark.parametrize(
    ("rate", "written"), [(99.4e9, "99.4 GFLOP/s"), (999.4e9, "999 GFLOP/s"), (999.6e9, "1.00 TFLOP/s")]
)
def test_rates_have_no_powers_of_ten(rate, written):
    assert arithmetic(rate) == written


@pytest.mark.parametrize(
    ("seconds", "written"),
    [
        (0, "1 s"),
        (45.4, "45 s"),
        (89, "89 s"),
        (90, "2 min"),
        (3600, "60 min"),
        (5400, "1 h 30 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_times_have_no_more_digits_than_an_estimate_has(seconds, written):
    assert duration(seconds) == written


def test_a_length_and_a_speed_have_a_decimal():
    with speaking("it"):
        assert shown([length(2.333), speed(12_540_000)]) == ["2,3 s", "12,5 MB/s"]


def test_no_sentence_writes_a_unit_of_its_own():
    """Sizes and times come into a sentence as texts that are made in one place."""
    others = [path for path in (ROOT / "videoai").rglob("*.py") if path.name != "units.py"]
    found = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in others
        for line in path.read_text("utf-8").splitlines()
        if MARKS.search(line)
    ]
    assert found == []
