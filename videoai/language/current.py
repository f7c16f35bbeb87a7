"""Whose language it is: that of the request that is answered, else that of the user who started the program."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

ENGLISH = "en"
LANGUAGES = (ENGLISH, "it")

_current: ContextVar[str | None] = ContextVar("language", default=None)


def current() -> str:
    """The language of whoever looks."""
    return _current.get() or of_environment()


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Let `language` be the current one in this block, and in this thread or task only."""
    token = _current.set(best(language))
    try:
        yield
    finally:
        _current.reset(token)


def best(*wished: str) -> str:
    """The first of the wished languages that there is (“it-IT”, “it_IT.UTF-8” and “it” are one), else English."""
    codes = (wish.lower().split(".")[0].replace("_", "-").split("-")[0] for wish in wished)
    return next((code for code in codes if code in LANGUAGES), ENGLISH)


def of_environment(system: str = sys.platform) -> str:
    """The user's language: that of VIDEOAI_LANG, else of the locale, found as gettext does, else of the Mac."""
    for name in ("VIDEOAI_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        if wish := os.environ.get(name):
            return best(*wish.split(":"))
    return best(*_preferred_on_mac()) if system == "darwin" else ENGLISH


@cache
def _preferred_on_mac() -> tuple[str, ...]:
    """The languages of System Settings, for where no terminal has put them into LANG."""
    import plistlib
    from pathlib import Path

    try:
        # As “defaults read -g AppleLanguages” would say, which takes a process.
        settings = plistlib.loads((Path.home() / "Library/Preferences/.GlobalPreferences.plist").read_bytes())
        return tuple(map(str, settings.get("AppleLanguages", ())))
    except (OSError, RuntimeError, ValueError, AttributeError, TypeError):
        return ()
