"""Everything that is said has its Italian, with the same placeholders; and what has Italian is said."""

from __future__ import annotations

import ast
import json

import pytest

from tests.conftest import ROOT
from tests.language.said import SOURCES, called, calls, click_words, helps, placeholders, texts
from videoai import errors
from videoai.language import LANGUAGES, catalogue

OTHERS = [language for language in LANGUAGES if language != "en"]

ERRORS = {name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, Exception)}
TOLD = {**dict.fromkeys(ERRORS, (0, 1)), "Notice": (0,), "Death": (1, 2), "notice": (0,), "need_space": (2, 3)}
"""Whose arguments, by their places, the user reads."""


def test_what_is_said_is_written_out_and_given_its_values():
    for where, template, names in texts():
        assert template, f"{where}: the template is not written out"
        if names is not None:
            assert {name for name, _ in placeholders(template)} == names, where


@pytest.mark.parametrize("language", OTHERS)
def test_everything_that_is_said_has_its_translation(language):
    wanted = {template for _, template, _ in texts() if template} | set(helps())
    assert sorted(wanted - catalogue(language).keys()) == []


@pytest.mark.parametrize("language", OTHERS)
def test_nothing_is_translated_that_nobody_says(language):
    said = {template for _, template, _ in texts()} | set(helps()) | click_words()
    assert sorted(catalogue(language).keys() - said) == []


@pytest.mark.parametrize("part", ["program", "page"])
@pytest.mark.parametrize("language", OTHERS)
def test_translations_have_the_same_placeholders(language, part):
    theirs = click_words()  # of which some can be left out
    for english, translation in catalogue(language, part).items():
        found, wanted = placeholders(translation), placeholders(english)
        assert found == wanted or (english in theirs and found < wanted), english
        assert translation.strip() == translation
        assert translation, english


@pytest.mark.parametrize("language", OTHERS)
def test_the_catalogue_is_in_order_and_says_nothing_twice(language):
    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        assert len(dict(pairs)) == len(pairs)
        return dict(pairs)

    text = (ROOT / "videoai" / "language" / f"{language}.json").read_text("utf-8")
    parts = json.loads(text, object_pairs_hook=once)
    assert list(parts) == ["program", "page"]
    assert list(parts["program"]) == sorted(parts["program"], key=lambda key: (key.lower(), key))
    assert text == json.dumps(parts, ensure_ascii=False, indent=2) + "\n"


def test_italian_uses_typographic_quotes_and_single_spaces():
    for english, italian in catalogue("it").items():
        if "$(" not in english:  # what a shell reads
            assert '"' not in italian, italian
        assert "  " not in italian or "  " in english, italian
        if italian[0].isalpha() and english[0].isalpha():
            assert italian[0].isupper() == english[0].isupper(), italian
        assert (italian[-1] in ".?!") == (english[-1] in ".?!"), italian


def is_plain(node: ast.expr, plain: set[str]) -> bool:
    """Whether an expression is a text that was not made by say; `plain` are the names of such texts."""
    if isinstance(node, ast.IfExp):
        return is_plain(node.body, plain) or is_plain(node.orelse, plain)
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and bool(node.value)
    if isinstance(node, ast.Call):
        return called(node) in ("join", "format")
    return isinstance(node, (ast.JoinedStr, ast.BinOp)) or (isinstance(node, ast.Name) and node.id in plain)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_error_and_no_notice_is_told_in_english_only(path):
    assigned = [node for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Assign)]
    plain = {ast.unparse(node.targets[0]) for node in assigned if is_plain(node.value, set())}
    for call in calls(path):
        for place in TOLD.get(called(call), ()):
            if place < len(call.args):
                assert not is_plain(call.args[place], plain), f"line {call.lineno}: say(…) is missing"
