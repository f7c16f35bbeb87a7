"""What a video would need and take, before it is asked for."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from videoai.catalogue import MODELS
from videoai.history import search
from videoai.jobs.finishing import finishing, of_job
from videoai.memory.estimate import Estimate
from videoai.models.files import to_fetch
from videoai.presets import SHAPES
from videoai.upkeep.model_list import describe
from videoai.web.asking import CHOICE, chosen, estimate_here, photo_size, shape_wanted
from videoai.web.request_body import json_of
from videoai.web.resolving import resolved
from videoai.web.services import Services


def routes(services: Services) -> Blueprint:
    """POST /api/resolve, POST /api/estimate, and of finishing a clip that is there."""
    api = Blueprint("estimate", __name__)

    @api.post("/api/resolve")
    def resolve() -> Response:
        body = json_of(request, CHOICE)
        return jsonify(resolved(chosen(body), photo_size(services, body), shape_wanted(body)))

    @api.post("/api/estimate")
    def show() -> Response:
        body = json_of(request, CHOICE)
        size, shape = photo_size(services, body), shape_wanted(body)
        found = estimate_here(services, chosen(body).settings(size if shape is None else SHAPES[shape]))
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
