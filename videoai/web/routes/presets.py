"""The user's own presets: kept, renamed, deleted. That they have changed, the stream tells every page."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from videoai import own_presets
from videoai.errors import BadInput
from videoai.language import say
from videoai.presets import DEFAULT_PRESET, PRESETS
from videoai.web.asking import CHOICE, chosen, photo_size, shape_wanted
from videoai.web.parameter_table import preset_row, presets
from videoai.web.request_body import json_of
from videoai.web.resolving import resolved
from videoai.web.services import Services


def routes(services: Services) -> Blueprint:
    """/api/presets"""
    api = Blueprint("presets", __name__)

    @api.get("/api/presets")
    def show() -> Response:
        return jsonify(presets=presets())

    @api.put("/api/presets/<path:name>")  # a slash is answered by what says that a name has none
    def keep(name: str) -> Response:
        body = json_of(request, CHOICE)
        _need(body, "settings", say("Send the settings to keep."))
        found = resolved(chosen(body), photo_size(services, body), shape_wanted(body))
        settings, base = found["settings"], own_presets.named(found["preset"]) or PRESETS[DEFAULT_PRESET]
        # In a size of its preset's it goes on having that for each shape; any other is kept by its sides.
        sides = (base.long, base.short) if found["shape"] else (settings["width"], settings["height"])
        kept = own_presets.keep(name, sides, settings, replace=request.args.get("replace") == "1")
        services.events.wake()
        return jsonify(preset_row(kept))

    @api.post("/api/presets/<name>/rename")
    def rename(name: str) -> Response:
        body = json_of(request, {"name": str})
        _need(body, "name", say("Send the new name."))
        kept = own_presets.rename(name, body["name"])
        services.events.wake()
        return jsonify(preset_row(kept))

    @api.delete("/api/presets/<name>")
    def remove(name: str) -> tuple[str, int]:
        own_presets.remove(name)
        services.events.wake()
        return "", 204

    return api


def _need(body: dict[str, object], field: str, hint: str) -> None:
    """Raises BadInput if the body does not say it."""
    if field not in body:
        raise BadInput(say("The field “{name}” is missing.", name=field), hint)
