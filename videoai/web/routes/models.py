"""Models, and what is beside them: what is here, fetching, pausing, verifying, removing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, jsonify, request

from videoai.errors import BadInput, JobConflict, ModelMissing, NotThere
from videoai.history.job import RUNNING
from videoai.language import say
from videoai.models import by_id, extras
from videoai.resolving import recorded
from videoai.settings import PARAMETERS
from videoai.system import offline
from videoai.web.request_body import json_of
from videoai.web.services import Services

_PRECISION = PARAMETERS["precision"].kind


def routes(services: Services) -> Blueprint:
    """/api/models"""
    api = Blueprint("models", __name__)
    row, pulls = services.serialiser.model_or_extra, services.pulls

    @api.get("/api/models")
    def show() -> Response:
        return jsonify(models=services.serialiser.models(), extras=services.serialiser.extras())

    @api.post("/api/models/<id>/pull")
    def pull(id: str) -> tuple[Response, int]:
        check_id(id)
        precision = precision_of(json_of(request, {"precision": (str, int)}))
        if services.options.offline or offline.asked():
            raise ModelMissing(say("Downloads are off."), say("Start VideoAi without --offline."))
        pulls.pull(id, precision)
        return jsonify(row(id)), 202

    @api.post("/api/models/<id>/cancel")
    def cancel(id: str) -> Response:
        check_id(id)
        json_of(request, {})
        pulls.pause(id)
        return jsonify(row(id))

    @api.post("/api/models/<id>/verify")
    def verify(id: str) -> tuple[Response, int]:
        check_id(id)
        json_of(request, {})
        pulls.verify(id)
        return jsonify(row(id)), 202

    @api.post("/api/models/<id>/remove")
    def remove(id: str) -> Response:
        check_id(id)
        precision = precision_of(json_of(request, {"precision": (str, int)}))
        if any(_uses(job.settings, id) for job in services.store.jobs([RUNNING])):
            raise JobConflict(
                say("A video is being made with {model}.", model=id), say("Cancel it, or wait until it is done.")
            )
        pulls.remove(id, None if precision == "auto" else int(precision))
        return jsonify(row(id))

    return api


def _uses(settings: Mapping[str, Any], id: str) -> bool:
    """Whether a job with these settings cannot be made without what has this id."""
    extra = extras.wanted_by(recorded(settings))
    return settings.get("model") == id or (extra is not None and extra.id == id)


def precision_of(body: Mapping[str, Any]) -> str:
    """The precision that a body asks for. Raises BadInput."""
    precision = str(body.get("precision", "auto"))
    try:
        _PRECISION.parse(precision)
    except ValueError:
        raise BadInput(
            say("precision has an unknown value."), say("Use one of {names}.", names=_PRECISION.range_text())
        ) from None
    return precision


def check_id(id: str) -> None:
    """Raises NotThere unless a model, or what is beside the models, has this id."""
    if id not in by_id.IDS:
        raise NotThere(
            say("There is no model “{name}”.", name=id[:40]), say("Use one of {names}.", names=", ".join(by_id.IDS))
        )
