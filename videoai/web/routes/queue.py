"""The queue as a whole: looked at, paused, gone on with, emptied."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from videoai.errors import BadInput
from videoai.history.line import clear, pause
from videoai.language import say
from videoai.web.request_body import json_of
from videoai.web.services import Services


def routes(services: Services) -> Blueprint:
    """/api/queue; one job of it is moved and cancelled in jobs.py."""
    api = Blueprint("queue", __name__)

    @api.get("/api/queue")
    def show() -> Response:
        return jsonify(services.queue_state.to_dict())

    @api.post("/api/queue")
    def change() -> Response:
        body = json_of(request, {"paused": bool})
        if body.get("paused") is None:
            raise BadInput(
                say("You didn't say whether the queue is to be paused."), say("Send paused as true or false.")
            )
        pause(services.store, body["paused"])
        services.queue.wake()
        services.events.wake()
        return jsonify(services.queue_state.to_dict())

    @api.delete("/api/queue")
    def empty() -> Response:
        cancelled = clear(services.store)
        services.events.wake()
        return jsonify(cancelled=cancelled)

    return api
