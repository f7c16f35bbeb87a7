"""Every word of the page has its Italian, and none of the Italian is left over."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
STATIC = ROOT / "static"
LITERAL = re.compile(r'\bt\(\s*"((?:[^"\\]|\\.)*)"')
ANY_CALL = re.compile(r"(?<![\w.])t\(\s*(\S)")
PLACEHOLDER = re.compile(r"\{\w+\}")


class _Marked(HTMLParser):
    """The texts of elements with data-t, and the values of data-t-label."""

    def __init__(self) -> None:
        super().__init__()
        self.words: set[str] = set()
        self._marked = False

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self._marked = "data-t" in values
        if "data-t-label" in values:
            self.words.add(values["data-t-label"])

    def handle_data(self, data):
        if self._marked and data.strip():
            self.words.add(data.strip())
        self._marked = False


@pytest.fixture(scope="module")
def italian() -> dict[str, str]:
    return json.loads((ROOT / "videoai" / "language" / "it.json").read_text("utf-8"))["page"]


@pytest.fixture(scope="module")
def used() -> set[str]:
    words = {
        json.loads(f'"{word}"') for path in STATIC.rglob("*.js") for word in LITERAL.findall(path.read_text("utf-8"))
    }
    marked = _Marked()
    marked.feed((STATIC / "index.html").read_text("utf-8"))
    return words | marked.words


def test_each_word_of_the_page_has_its_italian(used, italian):
    assert len(used) > 200
    assert sorted(used - set(italian)) == []


def test_no_italian_is_left_over(used, italian):
    assert sorted(set(italian) - used) == []


def test_the_italian_has_the_same_placeholders_and_is_not_empty(italian):
    wrong = [en for en, it in italian.items() if sorted(PLACEHOLDER.findall(en)) != sorted(PLACEHOLDER.findall(it))]
    assert wrong == []
    assert [en for en, it in italian.items() if not it.strip()] == []


def test_words_are_given_as_literals():
    """A word that is put together cannot be looked up, and would stay English unseen."""
    others = [
        f"{path.name}: {match[0]}"
        for path in STATIC.rglob("*.js")
        if path.name != "language.js"
        for match in ANY_CALL.finditer(path.read_text("utf-8"))
        if match[1] != '"'
    ]
    assert others == []


def test_the_page_has_no_visible_text_of_its_own():
    """What h() and its like are given as text comes from t(), from the server or from base/language.js."""
    bare = re.compile(r'(?:"aria-label"|title|placeholder):\s*"(?!")[A-Za-z]')
    found = [
        f"{path.name}: {match[0]}" for path in STATIC.rglob("*.js") for match in bare.finditer(path.read_text("utf-8"))
    ]
    assert found == []
