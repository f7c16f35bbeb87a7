"""Which language an answer is in: the one asked for, else the browser's, else English."""

from __future__ import annotations

from flask import Request

LANGUAGES = ("en", "it")


def language_of(request: Request) -> str:
    """One of LANGUAGES."""
    asked = request.args.get("lang")
    if asked in LANGUAGES:
        return asked
    return request.accept_languages.best_match(LANGUAGES) or LANGUAGES[0]
