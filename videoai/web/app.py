"""The web app: routes over services, behind a guard."""

from __future__ import annotations

from flask import Flask

from videoai.media.photo_decoder import MAX_BYTES
from videoai.web import audience, compression, error_answers, guard
from videoai.web.language import answer_in_their_language
from videoai.web.routes import (
    bin,
    camera,
    clips_together,
    disk,
    estimate,
    events,
    forget,
    health,
    job_files,
    jobs,
    model_import,
    models,
    owner,
    page,
    phone,
    photos,
    presets,
    queue,
    settings,
    v1,
    videos,
    words,
)
from videoai.web.services import Options, Services
from videoai.web.spooling import SpoolingRequest, close_files

FORM_BYTES = 100_000
"""Of a form's fields that are no files."""
FORM_PARTS = 100
BODY_BYTES = MAX_BYTES + FORM_BYTES
"""The largest request: one photo in a form."""


def create_app(options: Options | None = None) -> Flask:
    """The WSGI app. Its services are in `app.extensions["videoai"]`: to be started, and stopped at the end.

    Raises HistoryDamaged, HistoryTooNew, WriteFailed if the history of jobs cannot be used.
    """
    options = options or Options()
    services = Services(options)
    app = Flask(__name__, static_folder=None)
    app.request_class = SpoolingRequest
    close_files(app)
    app.config.update(
        MAX_CONTENT_LENGTH=BODY_BYTES,
        MAX_FORM_MEMORY_SIZE=FORM_BYTES,
        MAX_FORM_PARTS=FORM_PARTS,
        PROPAGATE_EXCEPTIONS=False,
    )
    app.url_map.strict_slashes = True
    app.extensions["videoai"] = services
    answer_in_their_language(app)  # first, as what refuses a request also speaks
    audience.know_who_asks(app)
    compression.compress_json(app)
    guard.protect(app, services.phone)
    error_answers.answer_errors(app)
    for blueprint in (
        health.routes(services.serialiser),
        settings.routes(services),
        presets.routes(services),
        photos.routes(services.photos, services.subjects, services.store),
        camera.routes(services),
        videos.routes(services),
        estimate.routes(services),
        jobs.routes(services),
        clips_together.routes(services),
        queue.routes(services),
        bin.routes(services),
        v1.routes(services),
        job_files.routes(services),
        events.routes(services.events),
        forget.routes(services),
        models.routes(services),
        model_import.routes(services),
        disk.routes(),
        words.routes(),
        owner.routes(),
        phone.routes(services.phone),
        page.routes(options.static),
    ):
        app.register_blueprint(blueprint)
    return app
