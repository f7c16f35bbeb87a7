"""The files of a job: its video, in several kinds, its pictures and its photo."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import BinaryIO

from flask import Blueprint, Response, request, send_file
from werkzeug.exceptions import RequestedRangeNotSatisfiable

from videoai.errors import BadInput, NotThere
from videoai.history import search
from videoai.history.folder import EXPORT, PHOTO, POSTER, PREVIEW
from videoai.history.job import Job
from videoai.language import printable, say
from videoai.system import paths, temporary
from videoai.web.download_names import download_name
from videoai.web.plain_files import open_plain
from videoai.web.serialiser import file_of_video
from videoai.web.services import Services

_QUALITY = 92
_MOST_DIGITS = 9


def routes(services: Services) -> Blueprint:
    """GET /api/jobs/ID/video.mp4 and the others."""
    api = Blueprint("job_files", __name__)

    @api.get("/api/jobs/<id>/video.mp4")
    def video(id: str) -> Response:
        return send_video(search.one(services.store, id))

    @api.get("/api/jobs/<id>/video.gif")
    def gif(id: str) -> Response:
        return exported(id, ".gif", "image/gif")

    @api.get("/api/jobs/<id>/video.webp")
    def webp(id: str) -> Response:
        return exported(id, ".webp", "image/webp")

    @api.get("/api/jobs/<id>/video.webm")
    def webm(id: str) -> Response:
        return exported(id, ".webm", "video/webm")

    def exported(id: str, suffix: str, mimetype: str) -> Response:
        job = search.one(services.store, id)
        source = _video(job)
        target = services.videos.exported(source, paths.job_folder(job.id) / f"{EXPORT}{suffix}")
        return _sent(_there(target), mimetype, name=download_name(job.title, source.with_suffix(suffix)))

    @api.get("/api/jobs/<id>/frames/<number>.png")
    def frame(id: str, number: str) -> Response:
        job, index = search.one(services.store, id), _index(number)
        video = _video(job)
        called = download_name(job.title, video)
        with temporary.folder() as folder:
            content = services.videos.frame(job, index, folder / "frame.png").read_bytes()
        name = f"{Path(called).stem}-frame-{index + 1}.png"  # as people count them
        response = send_file(
            io.BytesIO(content),
            "image/png",
            as_attachment=request.args.get("download") == "1",
            download_name=printable(name),
            etag=hashlib.sha256(content).hexdigest(),
        )
        response.cache_control.no_cache = True
        return response.make_conditional(request)  # type: ignore[return-value]

    @api.get("/api/jobs/<id>/poster.jpg")
    def poster(id: str) -> Response:
        return send_poster(search.one(services.store, id))

    @api.get("/api/jobs/<id>/preview.webp")
    def preview(id: str) -> Response:
        return send_preview(search.one(services.store, id))

    @api.get("/api/jobs/<id>/photo")
    def photo(id: str) -> Response:
        from PIL import Image

        picture, out = paths.job_folder(search.one(services.store, id).id) / PHOTO, io.BytesIO()
        try:
            with _there(picture) as file, Image.open(file, formats=("PNG",)) as image:
                image.convert("RGB").save(out, "JPEG", quality=_QUALITY)
        except (OSError, SyntaxError) as error:  # damaged, in one of the ways that Pillow knows
            raise _no_picture() from error
        response = Response(out.getvalue(), mimetype="image/jpeg")
        response.add_etag()
        response.cache_control.no_cache = True
        return response.make_conditional(request)  # type: ignore[return-value]

    return api


def send_video(job: Job) -> Response:
    """Its MP4. Raises NotThere."""
    path = _video(job)
    try:
        file = open_plain(path, linked_folder=True)  # where it is, the user has chosen
    except OSError as error:  # it was moved a moment ago
        raise _no_video(job) from error
    return _sent(file, "video/mp4", name=download_name(job.title, path))


def send_poster(job: Job) -> Response:
    """Its first frame. Raises NotThere."""
    return _sent(_there(paths.job_folder(job.id) / POSTER), "image/jpeg")


def send_preview(job: Job) -> Response:
    """All its frames in one strip. Raises NotThere."""
    return _sent(_there(paths.job_folder(job.id) / PREVIEW), "image/webp")


def _video(job: Job) -> Path:
    path = file_of_video(job)
    if path is None:
        raise _no_video(job)
    return path


def _index(text: str) -> int:
    """Raises BadInput."""
    if not (text.isascii() and text.isdigit() and len(text) <= _MOST_DIGITS):
        raise BadInput(
            say("“{text}” is not the number of a frame.", text=text[:20]), say("That of the first frame is 0.")
        )
    return int(text)


def _no_video(job: Job) -> NotThere:
    return NotThere(
        say("Job {id} has no video here.", id=job.id), say("It is not done yet, or its file was moved or deleted.")
    )


def _there(path: Path) -> BinaryIO:
    """A file in a job's folder. Raises NotThere, also for a link, as nothing of ours puts one there."""
    try:
        return open_plain(path)
    except OSError as error:
        raise _no_picture() from error


def _no_picture() -> NotThere:
    return NotThere(say("This job has no such picture."), say("It appears while the video is being made."))


def _sent(file: BinaryIO, mimetype: str, *, name: str | None = None) -> Response:
    """An open file, in parts if they are asked for. With `name` it can be saved, ?download=1, under that."""
    status = os.fstat(file.fileno())
    saved = name is not None and request.args.get("download") == "1"
    response = send_file(
        file,
        mimetype,
        as_attachment=saved,
        download_name=name,
        etag=f"{status.st_mtime_ns:x}-{status.st_size:x}",
        last_modified=status.st_mtime,
        max_age=0,
    )
    response.content_length = status.st_size
    response.cache_control.no_cache = True
    try:
        response.make_conditional(request, accept_ranges=True, complete_length=status.st_size)
    except RequestedRangeNotSatisfiable:
        response.close()
        raise
    return response
