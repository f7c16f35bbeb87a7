"""Where the draft's camera would go, for a page to show it before there is a video."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from videoai.web.asking import CHOICE, chosen, photo_size
from videoai.web.request_body import json_of
from videoai.web.services import Services

_FRAMING = ("width", "height", "fit", "focus", "depth")
"""The settings that decide what of a photo the video begins with, and how near that is."""


def routes(services: Services) -> Blueprint:
    """GET /api/photos/ID/depth.png, POST /api/camera"""
    api = Blueprint("camera", __name__)
    views = services.camera_views

    @api.get("/api/photos/<id>/depth.png")
    def depth(id: str) -> Response:
        photo = services.photos.get(id)
        framing = {name: request.args[name] for name in _FRAMING if name in request.args}
        settings = chosen({"settings": {"model": "draft"} | framing}).settings((photo.width, photo.height))
        response = Response(views.depth_of(photo, settings), mimetype="image/png")
        response.add_etag()
        response.cache_control.no_cache = True
        return response.make_conditional(request)  # type: ignore[return-value]

    @api.post("/api/camera")
    def moves() -> Response:
        body = json_of(request, CHOICE)
        return jsonify(views.moves_of(chosen(body).settings(photo_size(services, body))))

    return api
