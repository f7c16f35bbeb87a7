"""Whether the server is there, and what can be asked of it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from videoai.version import __version__
from videoai.web import openapi
from videoai.web.guard import is_asked_by_known
from videoai.web.serialiser import Serialiser


def routes(serialiser: Serialiser) -> Blueprint:
    """GET /api/health, GET /api/openapi.json"""
    api = Blueprint("health", __name__)

    @api.get("/api/health")
    def health() -> Response:
        trouble = serialiser.trouble()
        status = {"status": "ok" if trouble is None else "trouble", "version": __version__}
        # Why, is the business of those who see the videos: who is not paired may ask this too.
        return jsonify(status if trouble is None or not is_asked_by_known(request) else status | {"trouble": trouble})

    @api.get("/api/openapi.json")
    def description() -> Response:
        return Response(openapi.text(), mimetype="application/json")

    return api
