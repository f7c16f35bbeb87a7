"""The page's words in another language."""

from __future__ import annotations

import json
from pathlib import Path

from flask import Blueprint, Response, jsonify

import videoai
from videoai.errors import NotThere
from videoai.language import LANGUAGES

_FOLDER = Path(videoai.__file__).resolve().parent / "language"


def routes() -> Blueprint:
    """GET /api/words/it.json"""
    api = Blueprint("words", __name__)

    @api.get("/api/words/<language>.json")
    def words(language: str) -> Response:
        if language not in LANGUAGES:
            raise NotThere(f"There are no words in “{language[:20]}”.", f"There are {', '.join(LANGUAGES)}.")
        path = _FOLDER / f"{language}.json"  # English is the keys themselves, and has no file
        catalogue = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        return jsonify(catalogue.get("page", {}))

    return api
