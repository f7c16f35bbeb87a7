"""Models that are on this computer already: a file that comes piece by piece, or a path that the owner names."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, jsonify, request

from videoai.errors import BadInput, JobConflict
from videoai.language import say
from videoai.models import by_id
from videoai.system import paths
from videoai.web.request_body import file_of, json_of
from videoai.web.routes.models import check_id, precision_of
from videoai.web.services import Services
from videoai.web.uploads import CHUNK_BYTES, Upload


def routes(services: Services) -> Blueprint:
    """/api/uploads and /api/models/import"""
    api = Blueprint("model_import", __name__)
    uploads, pulls = services.uploads, services.pulls

    @api.post("/api/uploads")
    def begin() -> tuple[Response, int]:
        body = json_of(request, {"name": str, "size": int})
        if not body.get("name") or "size" not in body:
            raise BadInput(say("You didn't say which file."), say("Send its name and its size in bytes."))
        return jsonify(_told(uploads.begin(body["name"], body["size"]))), 201

    @api.post("/api/uploads/<id>")
    def append(id: str) -> Response:
        offset = request.args.get("offset", "")
        if not (offset.isascii() and offset.isdigit() and len(offset) < 16):
            raise BadInput(say("offset must be a number of bytes."), say("Send where this piece begins."))
        chunk, _ = file_of(request, "chunk")
        return jsonify(_told(uploads.append(id, int(offset), chunk)))

    @api.delete("/api/uploads/<id>")
    def drop(id: str) -> tuple[str, int]:
        if uploads.get(id).taken:
            raise JobConflict(say("This file is being imported."), say("Stop that first."))
        uploads.drop(id)
        return "", 204

    @api.post("/api/models/import")
    def import_() -> tuple[Response, int]:
        body = json_of(request, {"path": str, "upload": str, "model": str, "precision": (str, int)})
        precision = precision_of(body)
        if ("path" in body) == ("upload" in body):
            raise BadInput(say("You didn't say which file."), say("Send either its path or the id of an upload."))
        if "path" in body:
            path = _there(body["path"])
            id = _model_of(body.get("model"), "/".join(path.parts[-4:]), path.name)
            pulls.import_(id, precision, str(path), path.name, lambda: None)
        else:
            with uploads.taking(body["upload"]) as upload:
                id = _model_of(body.get("model"), upload.name, upload.name)
                pulls.import_(id, precision, str(upload.path), upload.name, lambda: uploads.drop(upload.id))
        return jsonify(services.serialiser.model_or_extra(id)), 202

    return api


def _told(upload: Upload) -> dict[str, object]:
    return {
        "id": upload.id,
        "name": upload.name,
        "size": upload.size,
        "received": upload.received,
        "chunk_bytes": CHUNK_BYTES,
        "model": by_id.named(upload.name),
    }


def _there(text: str) -> Path:
    """The file or folder that somebody names. Raises BadInput."""
    path = paths.expanded(Path(text.strip()))
    if not text.strip() or "\0" in text or not path.is_absolute():
        raise BadInput(
            say("This is not a whole path."), say("Type it from the beginning, such as /Users/you/Downloads/model.")
        )
    try:
        found = path.exists()
    except OSError:
        found = False
    if not found:
        raise BadInput(say("There is nothing at {path}.", path=path), say("Check the path."))
    return path


def _model_of(given: str | None, text: str, name: str) -> str:
    """Which model it is, as somebody says or its name does. Raises NotThere, BadInput."""
    if given is not None:
        check_id(given)
        return given
    found = by_id.named(text)
    if found is None:
        said = say("VideoAi can't tell which model {name} is.", name=name or text)
        raise BadInput(said, say("Choose the model it is."))
    return found
