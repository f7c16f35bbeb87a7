"""The files of a job: its video, in several kinds, its pictures and its photo."""

from __future__ import annotations

import io
from pathlib import Path

from flask import Blueprint, Response, request, send_file

from videoai import paths
from videoai.errors import NotThere
from videoai.jobs.folder import EXPORT, PHOTO, POSTER, PREVIEW
from videoai.jobs.job import Job
from videoai.language import say
from videoai.web import history
from videoai.web.services import Services
from videoai.web.shapes import video_of

_QUALITY = 92


def routes(services: Services) -> Blueprint:
    """GET /api/jobs/ID/video.mp4 and the others."""
    api = Blueprint("job_files", __name__)

    def folder_of(id: str) -> Path:
        return paths.job_folder(history.one(services.store, id).id)

    @api.get("/api/jobs/<id>/video.mp4")
    def video(id: str) -> Response:
        path = _video(history.one(services.store, id))
        return _sent(path, "video/mp4", name=path.name)

    @api.get("/api/jobs/<id>/video.gif")
    def gif(id: str) -> Response:
        return exported(id, ".gif", "image/gif")

    @api.get("/api/jobs/<id>/video.webp")
    def webp(id: str) -> Response:
        return exported(id, ".webp", "image/webp")

    def exported(id: str, suffix: str, mimetype: str) -> Response:
        job = history.one(services.store, id)
        source = _video(job)
        target = services.videos.exported(source, paths.job_folder(job.id) / f"{EXPORT}{suffix}")
        return _sent(target, mimetype, name=source.with_suffix(suffix).name)

    @api.get("/api/jobs/<id>/poster.jpg")
    def poster(id: str) -> Response:
        return _sent(_there(folder_of(id) / POSTER), "image/jpeg")

    @api.get("/api/jobs/<id>/preview.webp")
    def preview(id: str) -> Response:
        return _sent(_there(folder_of(id) / PREVIEW), "image/webp")

    @api.get("/api/jobs/<id>/photo")
    def photo(id: str) -> Response:
        from PIL import Image

        out, path = io.BytesIO(), _there(folder_of(id) / PHOTO)
        try:
            with Image.open(path, formats=("PNG",)) as image:
                image.convert("RGB").save(out, "JPEG", quality=_QUALITY)
        except (OSError, SyntaxError) as error:  # damaged, in one of the ways that Pillow knows
            raise _no_picture() from error
        response = Response(out.getvalue(), mimetype="image/jpeg")
        response.add_etag()
        response.cache_control.no_cache = True
        return response.make_conditional(request)  # type: ignore[return-value]

    return api


def _video(job: Job) -> Path:
    path = video_of(job)
    if path is None:
        raise NotThere(
            say("The job {id} has no video here.", id=job.id), say("It is not done, or its file was moved or deleted.")
        )
    return path


def _there(path: Path) -> Path:
    if not path.is_file():
        raise _no_picture()
    return path


def _no_picture() -> NotThere:
    return NotThere(say("There is no such picture of this job."), say("It comes while the video is being made."))


def _sent(path: Path, mimetype: str, *, name: str | None = None) -> Response:
    """A file, in parts if they are asked for. With `name` it can be saved, ?download=1, under that."""
    saved = name is not None and request.args.get("download") == "1"
    response = send_file(path, mimetype, as_attachment=saved, download_name=name, conditional=True, max_age=0)
    response.cache_control.no_cache = True
    return response
