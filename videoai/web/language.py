"""Every answer is in the language asked for, else in the browser's, else in English."""

from __future__ import annotations

from typing import Any

from flask import Flask, Request, request
from flask.json.provider import DefaultJSONProvider

from videoai.language import ENGLISH, LANGUAGES, shown, speaking
from videoai.web.request_scope import during_requests


class Json(DefaultJSONProvider):
    """JSON whose texts are in the current language."""

    ensure_ascii = False
    sort_keys = False

    def dumps(self, obj: Any, **options: Any) -> str:
        return super().dumps(shown(obj), **options)


def answer_in_their_language(app: Flask) -> None:
    """Let the code that answers a request speak the language of who asks."""
    app.json = Json(app)
    during_requests(app, lambda: speaking(language_of(request)))


def language_of(request: Request) -> str:
    """One of LANGUAGES."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES) or ENGLISH
