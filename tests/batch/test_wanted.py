"""Seeds, patterns of photos, and what the end of one video says of the others."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.conftest import EXAMPLES
from videoai.batch.outcome import DONE, FAILED, Asked, Outcome, befalls, exit_code
from videoai.batch.photos import photos_of
from videoai.batch.wanted import SEED_LIST, WantedVideo, named, varied
from videoai.errors import BadInput, BadPhoto, NotEnoughMemory, WriteFailed
from videoai.request import Request
from videoai.settings import GenerationSettings

A, B = Path("a.jpg"), Path("b.jpg")


def seeds(asked: str, **given: object) -> list[int | None]:
    return [video.seed for video in varied([WantedVideo(A, Request(given))], SEED_LIST.parse(asked))]


def test_seeds_go_on_from_the_one_that_was_given():
    assert seeds("4", seed="7") == [7, 8, 9, 10]
    assert seeds("3", seed=999_999_999) == [999_999_999, 0, 1], "after the last comes the first"
    assert seeds("1,7, 42") == [1, 7, 42]
    with pytest.raises(BadInput, match="Both --seed and --seeds"):
        seeds("1,2", seed=7)


def test_without_one_they_are_drawn_once_for_all_photos():
    found = [
        video.seed for video in varied([WantedVideo(A, Request()), WantedVideo(B, Request({"seed": "random"}))], 3)
    ]
    assert found[:3] == found[3:]
    assert [seed - found[0] for seed in found[:3]] in (
        [0, 1, 2],
        [0, 1, 1 - 999_999_999],
        [0, -999_999_999, -999_999_998],
    )
    assert len({tuple(seeds("2")) for _ in range(5)}) > 1


@pytest.mark.parametrize(("raw", "nearest"), [("0", "1"), ("101", "100"), ("x", None), ("1,1,2", "1,2"), ("", None)])
def test_what_is_no_number_of_seeds_and_no_list(raw, nearest):
    with pytest.raises(ValueError, match=r"\w"):
        SEED_LIST.parse(raw)
    assert SEED_LIST.nearest(raw) == nearest


def test_each_seed_has_a_name_of_its_own():
    asked = WantedVideo(A, Request({"seed": 1}, output="{stem}-{seed}.mp4"))
    assert [video.numbered for video in named(list(varied([asked], 3)))] == [False] * 3
    twice = named([asked, asked])
    assert [video.request.output for video in twice] == ["{stem}-{seed}.mp4", "{stem}-{seed}-2.mp4"]


@pytest.fixture
def trips(tmp_path: Path) -> Path:
    for name in ("1/b.JPG", "1/a.png", "1/.hidden.png", "1/notes.txt", "2/c.webp", "d.png", "e[1].png"):
        path = tmp_path / "trips" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(EXAMPLES / "coffee.png", path)
    return tmp_path / "trips"


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("1", "a.png b.JPG"),
        ("1/*", "a.png b.JPG"),
        ("*", "a.png b.JPG c.webp d.png e[1].png"),
        ("**/*.png", "a.png d.png e[1].png"),
        ("e[1].png", "e[1].png"),
        ("[de]*.png", "d.png e[1].png"),
    ],
)
def test_folders_and_patterns(trips, pattern, names):
    assert [path.name for path in photos_of([str(trips / pattern)])] == names.split()


def test_a_pattern_that_matches_nothing_is_told_as_it_is(trips, monkeypatch):
    with pytest.raises(BadPhoto, match=r"No photo matches .*\*\.heic"):
        photos_of([f"{trips}/*.heic"])
    with pytest.raises(BadPhoto, match="no photos in"):
        photos_of([str(trips.parent)])
    monkeypatch.setenv("HOME", str(trips))
    assert [path.name for path in photos_of(["~/d*.png"])] == ["d.png"]


SMALL = GenerationSettings(model="draft", width=256, height=256, frames=4, seed=1)
LARGE = GenerationSettings(model="draft", width=1024, height=1024, frames=25, seed=2)


def test_what_befalls_the_others_too():
    small, large, other = Asked(SMALL), Asked(LARGE), Asked(GenerationSettings(model="svd-xt", seed=3))
    assert befalls("write_failed", small, other)
    assert befalls("model_missing", other, other)
    assert not befalls("model_missing", small, other)
    assert befalls("memory-kill", small, large)
    assert not befalls("memory-kill", large, small)
    assert not befalls("not_enough_memory", Asked(SMALL, 100 << 20), large), "that was its own limit"
    for code in ("bad_photo", "bad_output", "not_finite", "crash", "failed"):
        assert not befalls(code, small, small)


def test_the_exit_code_of_several():
    full, memory = Outcome(FAILED, WriteFailed("full")), Outcome(FAILED, NotEnoughMemory("small"))
    assert exit_code([Outcome(DONE), Outcome(DONE)]) == 0
    assert exit_code([Outcome(DONE), memory, memory]) == 4
    assert exit_code([full, memory]) == 1
    assert exit_code([Outcome("cancelled")]) == 130
