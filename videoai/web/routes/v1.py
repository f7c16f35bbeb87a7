"""OpenAI's video API, for programs that know that one: the same videos as those of /api."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from videoai.catalogue import MODELS
from videoai.errors import BadInput, NotThere
from videoai.history import search
from videoai.history.erase import erase_job
from videoai.jobs.admission import need_room
from videoai.jobs.submit import submit
from videoai.language import say
from videoai.web.asking import check
from videoai.web.routes import job_files
from videoai.web.services import Services
from videoai.web.v1 import answers
from videoai.web.v1.asked import asked
from videoai.web.v1.errors import about

_LISTED, _MOST_LISTED = 20, 100
_VARIANTS = {"video": job_files.send_video, "thumbnail": job_files.send_poster, "spritesheet": job_files.send_preview}


def routes(services: Services) -> Blueprint:
    """/v1/videos and /v1/models"""
    api = Blueprint("v1", __name__)
    store = services.store

    @api.post("/v1/videos")
    def create() -> Response:
        need_room(store)
        found = asked(services, request)
        check(services, found.kept, found.wanted)
        origin = {"photo_id": found.kept.id, "preset": found.wanted.preset}
        job = submit(store, found.kept.path, found.wanted, lambda event: None, title=found.kept.name, origin=origin)
        services.queue.wake()
        return jsonify(answers.video(job, found.notices))

    @api.get("/v1/videos")
    def list_videos() -> Response:
        after = request.args.get("after") or None
        oldest_first = _one_of("order", ("desc", "asc")) == "asc"
        place: dict[str, Any] = {"after" if oldest_first else "before": after}
        jobs, more = search.page(store, limit=_limit(), oldest_first=oldest_first, **place)
        return jsonify(answers.videos(jobs, more=more))

    @api.get("/v1/videos/<id>")
    def retrieve(id: str) -> Response:
        return jsonify(answers.video(search.one(store, id)))

    @api.get("/v1/videos/<id>/content")
    def content(id: str) -> Response:
        return _VARIANTS[_one_of("variant", tuple(_VARIANTS))](search.one(store, id))

    @api.delete("/v1/videos/<id>")
    def delete(id: str) -> Response:
        job = erase_job(store, id, video=True)
        services.events.wake()
        return jsonify(id=job.id, object="video.deleted", deleted=True)

    @api.get("/v1/models")
    def list_models() -> Response:
        return jsonify(answers.models())

    @api.get("/v1/models/<id>")
    def model(id: str) -> Response:
        if id not in MODELS:
            raise NotThere(
                say("There is no model “{name}”.", name=id[:40]), say("Use one of {names}.", names=", ".join(MODELS))
            )
        return jsonify(answers.model(id))

    return api


def _one_of(name: str, words: tuple[str, ...]) -> str:
    """What the address asks for, or the first of them. Raises BadInput."""
    found = request.args.get(name) or words[0]
    with about(name):
        if found not in words:
            raise BadInput(
                say("There is no {name} “{word}”.", name=name, word=found[:40]),
                say("Use one of {names}.", names=", ".join(words)),
            )
    return found


def _limit() -> int:
    """Raises BadInput."""
    text = request.args.get("limit") or str(_LISTED)
    with about("limit"):
        if not (text.isascii() and text.isdigit() and len(text) < 10 and 1 <= int(text) <= _MOST_LISTED):
            raise BadInput(
                say("limit must be a whole number from 1 to {count}.", count=_MOST_LISTED),
                say("Leave it out to get {count}.", count=_LISTED),
            )
    return int(text)
