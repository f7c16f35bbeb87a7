"""The page's words in another language."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify

from videoai.errors import NotThere
from videoai.language import LANGUAGES, catalogue, say


def routes() -> Blueprint:
    """GET /api/words/it.json"""
    api = Blueprint("words", __name__)

    @api.get("/api/words/<language>.json")
    def words(language: str) -> Response:
        if language not in LANGUAGES:
            raise NotThere(
                say("There is no language “{name}”.", name=language[:20]),
                say("Use one of {names}.", names=", ".join(LANGUAGES)),
            )
        return jsonify(catalogue(language, "page"))

    return api
