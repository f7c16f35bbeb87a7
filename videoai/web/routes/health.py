"""Whether the server is there, and what can be asked of it."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, jsonify

from videoai import __version__

_OPENAPI = Path(__file__).resolve().parents[1] / "openapi.json"


def routes() -> Blueprint:
    """GET /api/health, GET /api/openapi.json"""
    api = Blueprint("health", __name__)

    @api.get("/api/health")
    def health() -> Response:
        return jsonify(status="ok", version=__version__)

    @api.get("/api/openapi.json")
    def openapi() -> Response:
        return Response(_OPENAPI.read_text("utf-8"), mimetype="application/json")

    return api
