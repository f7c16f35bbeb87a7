"""What a video would need and take, before it is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from videoai.catalogue import MODELS
from videoai.errors import BadInput
from videoai.history import search
from videoai.jobs.finishing import finishing, of_job
from videoai.language import say
from videoai.memory.estimate import Estimate
from videoai.models.files import to_fetch
from videoai.presets import SHAPES
from videoai.request import Request
from videoai.upkeep.model_list import describe
from videoai.web.asking import estimate_here
from videoai.web.request_body import check_settings, json_of
from videoai.web.resolving import resolved
from videoai.web.services import Services

_MOST_PIXELS = 100_000
"""A side of a photo, at the most: larger numbers are somebody's mistake."""


_FIELDS = {"photo_id": str, "width": int, "height": int, "shape": str, "preset": str, "settings": dict}


def routes(services: Services) -> Blueprint:
    """POST /api/resolve, POST /api/estimate, and of finishing a clip that is there."""
    api = Blueprint("estimate", __name__)

    @api.post("/api/resolve")
    def resolve() -> Response:
        body = json_of(request, _FIELDS)
        return jsonify(resolved(_asked(body), _photo_size(services, body), _shape(body)))

    @api.post("/api/estimate")
    def show() -> Response:
        body = json_of(request, _FIELDS)
        size, shape = _photo_size(services, body), _shape(body)
        found = estimate_here(services, _asked(body).settings(size if shape is None else SHAPES[shape]))
        return jsonify(
            _shown(found)
            | {
                "model_state": describe(MODELS[found.settings.model])["state"],
                "to_download": [one.id for one in to_fetch(found.settings)],
            }
        )

    @api.post("/api/jobs/<id>/finish/estimate")
    def show_finish(id: str) -> Response:
        body = json_of(request, {"settings": dict})
        subject = of_job(search.one(services.store, id))
        settings = finishing(subject, body.get("settings", {}))
        return jsonify(_shown(estimate_here(services, settings, subject.source.clip)))

    return api


def _shown(found: Estimate) -> dict[str, Any]:
    refusal = found.refusal()
    return found.to_dict() | {"level": found.level, "hint": None if refusal is None else refusal.message}


def _asked(body: Mapping[str, Any]) -> Request:
    """Raises BadSettings."""
    preset = {"preset": body["preset"]} if "preset" in body else {}
    return Request.of(check_settings(body.get("settings", {})), preset)


def _photo_size(services: Services, body: Mapping[str, Any]) -> tuple[int, int]:
    """Of the photo that is named or described; a landscape if there is none. Raises NotThere, BadInput."""
    if "photo_id" in body:
        photo = services.photos.get(body["photo_id"])
        return photo.width, photo.height
    width, height = SHAPES["landscape"]
    size = body.get("width", width), body.get("height", height)
    if not all(0 < side <= _MOST_PIXELS for side in size):
        raise BadInput(say("A photo cannot have this size."), say("Give the photo's width and height in pixels."))
    return size


def _shape(body: Mapping[str, Any]) -> str | None:
    """Raises BadInput."""
    shape: str | None = body.get("shape")
    if shape is not None and shape not in SHAPES:
        raise BadInput(
            say("There is no shape “{name}”.", name=shape[:40]), say("Use one of {names}.", names=", ".join(SHAPES))
        )
    return shape
