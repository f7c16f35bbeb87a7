"""What others call their files and write into their videos is shown, and no terminal obeys it."""

from __future__ import annotations

import json
import os

import pytest

from videoai.language import joined, json_text, kept, printable, restored, say, shown, speaking, without_unseen


@pytest.mark.parametrize(
    ("foreign", "seen"),
    [
        ("\x1b]52;c;aGk=\x07.png", r"\x1b]52;c;aGk=\x07.png"),
        ("a\rWrote: b\nc\td", r"a\rWrote: b\nc\td"),
        ("photo\u202egpj.exe", r"photo\u202egpj.exe"),
        ("\x9b2J\x7f\0", r"\x9b2J\x7f\x00"),
        ("a\u2028b\u2066c\ufeff", r"a\u2028b\u2066c\ufeff"),
        (os.fsdecode(b"caf\xe9.png"), r"caf\xe9.png"),
        ("half \ud83d", r"half \ud83d"),
    ],
)
def test_what_a_terminal_would_obey_is_escaped(foreign, seen):
    assert printable(foreign) == printable(seen) == seen
    seen.encode()
    assert say("There is no job “{id}”.", id=foreign) == f"There is no job “{seen}”."


@pytest.mark.parametrize(
    "text", ["Città di Nîmes – 写真.jpg", "👩‍👧 1\u202fPM\xa0.png", "שלום.png", r"C:\new\x1b.png", ""]
)
def test_what_people_write_stays(text):
    assert printable(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Family 👩‍👩‍👧‍👦, 🏳️‍🌈 and ❤️‍🔥",
        "👩🏽‍🚀 🏴󠁧󠁢󠁳󠁣󠁴󠁿",
        "می‌خواهم क्‍ष",
    ],
)
def test_what_joins_an_emoji_or_the_letters_of_a_word_is_kept(text):
    assert without_unseen(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("a\u200db\u200c \u200d👩", "ab 👩"),
        ("👩\u200d\u202e👩 \u2066x\u2069\x00\x1b", "👩👩 x"),
        ("👩\u200d", "👩"),
        ("cat\U000e0067\U000e007f 🏴\U000e0067", "cat 🏴"),
    ],
)
def test_what_nobody_sees_is_taken_out(text, left):
    assert without_unseen(text) == left
    assert without_unseen("a\u202eb\x00", "_") == "a_b_"


def test_nothing_gets_in_by_another_language_or_by_the_database():
    text = say("There is no job “{id}”.", id=joined(", ", ["\x1b[2J", "b"]))
    with speaking("it"):
        assert shown(restored(json.loads(json.dumps(kept(text))))) == r"Il lavoro “\x1b[2J, b” non esiste."


@pytest.mark.parametrize("value", ["\x1b\x9b\u202e\u2028\x7f", 'città \\ "', {"a\x9b": [1, None, "\udce9"]}])
def test_json_has_no_such_character_and_says_the_same(value):
    text = json_text(value)
    assert printable(text) == text
    text.encode()
    assert json.loads(text) == value
