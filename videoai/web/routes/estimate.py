"""What a video would need and take, before it is asked for."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from videoai.catalogue import MODELS
from videoai.errors import BadInput
from videoai.language import say
from videoai.memory.estimate import Estimate, estimate
from videoai.request import Request
from videoai.settings import GenerationSettings
from videoai.upkeep.model_list import describe
from videoai.web.bodies import check_settings, json_of
from videoai.web.services import Services

_MOST_PIXELS = 100_000
"""A side of a photo, at the most: larger numbers are somebody's mistake."""


def routes(services: Services) -> Blueprint:
    """POST /api/estimate"""
    api = Blueprint("estimate", __name__)

    @api.post("/api/estimate")
    def show() -> Response:
        body = json_of(request, {"photo_id": str, "width": int, "height": int, "preset": str, "settings": dict})
        if "photo_id" in body:
            photo = services.photos.get(body["photo_id"])
            size = photo.width, photo.height
        else:
            size = body.get("width", 3), body.get("height", 2)
        if not all(0 < side <= _MOST_PIXELS for side in size):
            raise BadInput(say("A photo of this size there cannot be."), say("Give its width and height in pixels."))
        wanted = Request(check_settings(body.get("settings", {})), body.get("preset"))
        found = estimate_here(services, wanted.settings(size))
        refusal = found.refusal()
        return jsonify(
            found.to_dict()
            | {
                "model_state": describe(MODELS[found.settings.model])["state"],
                "hint": None if refusal is None else refusal.message,
            }
        )

    return api


def estimate_here(services: Services, settings: GenerationSettings) -> Estimate:
    """Of a video with these settings, within what this machine could give it now. Raises VideoAiError."""
    return estimate(settings, services.machine.budget())
