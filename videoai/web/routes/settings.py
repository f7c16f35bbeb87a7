"""What a page needs to know before anything is asked for: the parameters, presets and models, and the machine."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, jsonify, request

from videoai.catalogue import DEFAULT_MODEL
from videoai.finishing.registry import stage_kinds
from videoai.jobs.admission import MOST_QUEUED
from videoai.language import LANGUAGES
from videoai.media.photo_decoder import MAX_BYTES
from videoai.presets import DEFAULT_PRESET
from videoai.settings import PARAMETERS
from videoai.system import offline
from videoai.version import __version__
from videoai.web.guard import is_asked_by_owner
from videoai.web.language import language_of
from videoai.web.parameter_table import REMOTE, groups, presets, rows
from videoai.web.services import Services


def routes(services: Services) -> Blueprint:
    """GET /api/settings"""
    api = Blueprint("settings", __name__)

    @api.get("/api/settings")
    def settings() -> Response:
        return jsonify(
            version=__version__,
            language=language_of(request),
            languages=LANGUAGES,
            offline=services.options.offline,
            local=is_asked_by_owner(request),
            privacy={"offline": offline.is_closed(), "message": offline.sentence()},
            groups=groups(),
            stages=[asdict(stage) for stage in stage_kinds()],
            parameters=rows(PARAMETERS.values()),
            options=rows(REMOTE.values()),
            presets=presets(),
            default_preset=DEFAULT_PRESET,
            default_model=DEFAULT_MODEL,
            models=services.serialiser.models(),
            extras=services.serialiser.extras(),
            machine=services.machine.to_dict(),
            notices=services.notices,
            limits={"upload_bytes": MAX_BYTES, "queue": MOST_QUEUED},
        )

    return api
