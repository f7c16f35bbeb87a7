"""A Text is English wherever it is used as a str, and any language where it is shown."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path

import pytest

from videoai.language import Text, joined, kept, listed, restored, say, several, shown, speaking

JOB = say("There is no job “{id}”.", id="abc")


def test_a_text_is_its_english_sentence():
    assert JOB == "There is no job “abc”."
    assert isinstance(JOB, str)
    assert str(JOB) == f"{JOB}" == "There is no job “abc”."
    assert json.dumps(JOB, ensure_ascii=False) == '"There is no job “abc”."'


def test_it_can_be_had_in_italian():
    assert JOB.in_language("it") == "Il lavoro “abc” non esiste."
    assert JOB.in_language("en") == JOB


def test_it_is_shown_in_the_current_language():
    assert shown(JOB) == "There is no job “abc”."
    with speaking("it"):
        assert shown(JOB) == "Il lavoro “abc” non esiste."
        assert shown({"error": {"message": JOB, "code": "job_unknown"}, "ids": (JOB, 3, None)}) == {
            "error": {"message": "Il lavoro “abc” non esiste.", "code": "job_unknown"},
            "ids": ["Il lavoro “abc” non esiste.", 3, None],
        }


def test_texts_inside_a_text_are_translated_too():
    outer = say(
        "{first} and {second}", first=say("models"), second=say("{first} and {second}", first=say("videos"), second=1)
    )
    assert outer == "models and videos and 1"
    assert outer.in_language("it") == "i modelli e i video e 1"


@pytest.mark.parametrize(
    ("template", "value", "english", "italian"),
    [
        ("{size:.1f} GB", 1.94, "1.9 GB", "1,9 GB"),
        (
            "its header claims {size:,} bytes",
            1234567,
            "its header claims 1,234,567 bytes",
            "its header claims 1.234.567 bytes",
        ),
        ("{size} s", 12, "12 s", "12 s"),
        ("{size}", "1.5", "1.5", "1.5"),
        ("{size}", Path("a.b"), "a.b", "a.b"),
    ],
)
def test_numbers_are_written_as_the_language_does(template, value, english, italian):
    text = Text(template, {"size": value})
    assert (str(text), text.in_language("it")) == (english, italian)


def test_what_the_user_typed_is_not_taken_for_a_placeholder():
    text = say("There is no job “{id}”.", id="{id}{0}{x.y}")
    assert text.in_language("it") == "Il lavoro “{id}{0}{x.y}” non esiste."
    assert restored(json.loads(json.dumps(kept(text)))).in_language("it") == text.in_language("it")


def test_it_survives_json_with_all_that_is_in_it():
    text = say(
        "Close what you don't need of {programs}.", programs=joined(", ", [say("{size:.1f} GB", size=1.5), "Chrome"])
    )
    stored = json.loads(json.dumps(kept({"reason": {"message": text}, "notices": [text, "plain"]})))
    found = restored(stored)
    assert stored["reason"]["message"]["text"] == "Close what you don't need of {programs}."
    assert found == {"reason": {"message": text}, "notices": [text, "plain"]}
    assert found["notices"][0].in_language("it") == "Chiudi quello che non ti serve tra 1,5 GB, Chrome."


@pytest.mark.parametrize(
    "value",
    [{"text": 5, "values": {}}, {"text": "{a}", "values": {}}, {"text": "{a", "values": {}}, {"text": "", "values": 3}],
)
def test_what_never_was_a_text_is_refused(value):
    with pytest.raises(ValueError, match=r"no text|placeholder|expected"):
        restored([value])


@pytest.mark.parametrize("again", [copy.copy, copy.deepcopy, lambda text: pickle.loads(pickle.dumps(text))])
def test_a_copy_is_a_text_as_well(again):
    assert again(JOB).in_language("it") == JOB.in_language("it")


def test_lists_of_words():
    assert listed([]) == ""
    assert listed(["a"]) == "a"
    assert listed(["a", "b", "c"]) == "a and b and c"
    assert several(["a", "b", "c"], 2) == "a; b; and 1 more"
    assert several(["a", "b"], 2) == "a; b"
    assert several(["a", "b", "c"], 1).in_language("it") == "a; e ancora 2"


def test_a_sentence_without_translation_stays_english():
    assert Text("Nobody says this {much}.", {"much": 3}).in_language("it") == "Nobody says this 3."
