"""Photos: given, looked at, and those to try."""

from __future__ import annotations

from flask import Blueprint, Response, jsonify, request

from videoai.history.store import JobStore
from videoai.web import examples
from videoai.web.photos import Photos
from videoai.web.request_body import file_of
from videoai.web.subjects import Subjects


def routes(photos: Photos, subjects: Subjects, store: JobStore) -> Blueprint:
    """/api/photos and /api/examples"""
    api = Blueprint("photos", __name__)

    @api.post("/api/photos")
    def add() -> tuple[Response, int]:
        store.version()  # nothing is kept for a history that was deleted under the server, or lies elsewhere by now
        kept, notices = photos.take(*file_of(request, "photo"))
        return jsonify(kept.to_dict(notices)), 201

    @api.get("/api/photos/<id>.jpg")
    def show(id: str) -> Response:
        return _picture(photos.shown(id))

    @api.get("/api/photos/<id>/subject")
    def subject(id: str) -> Response:
        return jsonify(focus=subjects.point_of(photos.get(id)))

    @api.get("/api/examples")
    def list_examples() -> Response:
        return jsonify(
            [
                {"name": name, "title": examples.TITLES[name], "url": f"/api/examples/{name}.jpg"}
                for name in examples.names()
            ]
        )

    @api.get("/api/examples/<name>.jpg")
    def show_example(name: str) -> Response:
        return _picture(examples.thumbnail(name))

    @api.post("/api/examples/<name>")
    def take_example(name: str) -> tuple[Response, int]:
        path = examples.find(name)
        store.version()
        with path.open("rb") as file:
            kept, notices = photos.take(file, path.name)
        return jsonify(kept.to_dict(notices)), 201

    return api


def _picture(jpeg: bytes) -> Response:
    """To be asked for anew each time, and not sent again if it is the same."""
    response = Response(jpeg, mimetype="image/jpeg")
    response.add_etag()
    response.cache_control.no_cache = True
    return response.make_conditional(request)  # type: ignore[return-value]
