"""Deleting everything, from the page."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from videoai.errors import BadInput
from videoai.history.erase import erase_everything
from videoai.language import say
from videoai.system.deleting import raise_if_left
from videoai.system.scrubbing import without_home
from videoai.web.request_body import json_of
from videoai.web.services import Services


def routes(services: Services) -> Blueprint:
    """POST /api/forget"""
    api = Blueprint("forget", __name__)

    @api.post("/api/forget")
    def forget() -> Response:
        if json_of(request, {"everything": bool}).get("everything") is not True:
            raise BadInput(say("This deletes everything."), say("To confirm, send {{“everything”: true}}."))
        gone = erase_everything(services.store)
        services.events.wake()
        raise_if_left(gone.left)
        kept = [without_home(path) for path in gone.kept]
        return jsonify(jobs=gone.jobs, videos=gone.videos, photos=gone.photos, kept=kept)

    return api
