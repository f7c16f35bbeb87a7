"""Which language an answer is in: the one asked for, else the browser's, else English."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, g, request
from flask.json.provider import DefaultJSONProvider

from videoai.language import ENGLISH, LANGUAGES, shown, speaking


def language_of(request: Request) -> str:
    """One of LANGUAGES."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES) or ENGLISH


def speak(app: Flask) -> None:
    """Let every request be answered in its language, what is refused included."""
    app.json = _Json(app)
    app.before_request(_begin)
    app.teardown_request(_end)


def _begin() -> None:
    g.speaking = speaking(language_of(request))
    g.speaking.__enter__()


def _end(error: BaseException | None) -> None:
    if "speaking" in g:
        g.speaking.__exit__(None, None, None)


class _Json(DefaultJSONProvider):
    ensure_ascii = False
    sort_keys = False

    def dumps(self, obj: Any, **kwargs: Any) -> str:
        return super().dumps(shown(obj), **kwargs)
