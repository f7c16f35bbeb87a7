"""The bin: what lies in it, and emptying it."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from videoai.history import bin
from videoai.web.request_body import json_of
from videoai.web.services import Services


def routes(services: Services) -> Blueprint:
    """GET /api/bin, and POST /api/bin/empty"""
    api = Blueprint("bin", __name__)
    store, serialiser = services.store, services.serialiser

    @api.get("/api/bin")
    def show() -> Response:
        found = bin.contents(store)
        rows = [
            {"job": serialiser.job(job), "until": bin.until_text(job), "bytes": found.freed[job.id]}
            for job in found.jobs
        ]
        return jsonify(jobs=rows, bytes=found.bytes)

    @api.post("/api/bin/empty")
    def empty() -> Response:
        json_of(request, {})
        emptied = bin.empty(store)
        services.events.wake()
        if emptied.left:
            raise emptied.left[0]
        return jsonify(jobs=emptied.ids)

    return api
