"""Whose language it is: VIDEOAI_LANG, the locale, the Mac's settings, or that of a request."""

from __future__ import annotations

import plistlib
import threading

import pytest

from videoai.language import best, current, speaking
from videoai.language.current import _preferred_on_mac, of_environment

NAMES = ("VIDEOAI_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


@pytest.fixture
def environment(monkeypatch):
    """Set these variables and no other that says a language."""

    def set_them(**values: str) -> None:
        for name in NAMES:
            monkeypatch.delenv(name, raising=False)
        for name, value in values.items():
            monkeypatch.setenv(name, value)

    return set_them


@pytest.mark.parametrize(
    ("values", "language"),
    [
        ({}, "en"),
        ({"LANG": "it_IT.UTF-8"}, "it"),
        ({"LANG": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"LANG": "it_IT.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "en_US.UTF-8", "LC_MESSAGES": "it_CH"}, "it"),
        ({"LANG": "en_US.UTF-8", "LANGUAGE": "de:it:en"}, "it"),
        ({"VIDEOAI_LANG": "it", "LC_ALL": "en_US.UTF-8"}, "it"),
        ({"VIDEOAI_LANG": "IT-it"}, "it"),
        ({"VIDEOAI_LANG": "en", "LANG": "it_IT.UTF-8"}, "en"),
        ({"VIDEOAI_LANG": "", "LANG": "it_IT.UTF-8"}, "it"),
        ({"VIDEOAI_LANG": "klingon", "LANG": "it_IT.UTF-8"}, "en"),
    ],
)
def test_the_language_of_the_environment(environment, values, language):
    environment(**values)
    assert of_environment("linux") == current() == language


def test_a_mac_is_asked_where_no_terminal_says(environment, own_home):
    preferences = own_home / "Library" / "Preferences"
    preferences.mkdir(parents=True)
    (preferences / ".GlobalPreferences.plist").write_bytes(
        plistlib.dumps({"AppleLanguages": ["de-DE", "it-IT"]}, fmt=plistlib.FMT_BINARY)
    )
    _preferred_on_mac.cache_clear()
    environment()
    assert of_environment("darwin") == "it"
    environment(LANG="en_GB.UTF-8")
    assert of_environment("darwin") == "en"


@pytest.mark.parametrize("content", [None, b"", b"bplist00 and no more", plistlib.dumps([1])])
def test_a_mac_that_does_not_say_speaks_english(environment, own_home, content):
    (own_home / "Library" / "Preferences").mkdir(parents=True)
    if content is not None:
        (own_home / "Library" / "Preferences" / ".GlobalPreferences.plist").write_bytes(content)
    _preferred_on_mac.cache_clear()
    environment()
    assert of_environment("darwin") == "en"


def test_the_first_language_that_there_is():
    assert best("fr-CH", "it-CH", "en") == "it"
    assert best() == best("", "*", "zh-Hant") == "en"


def test_a_request_speaks_for_its_own_thread_only():
    heard = []
    with speaking("it"):
        assert current() == "it"
        thread = threading.Thread(target=lambda: heard.append(current()))
        thread.start()
        thread.join()
        with speaking("en-GB"):
            assert current() == "en"
        assert current() == "it"
    assert (current(), heard) == ("en", ["en"])
