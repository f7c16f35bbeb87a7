"""A video made here comes back: its settings and its photo are taken up again."""

from __future__ import annotations

from pathlib import Path

from flask import Blueprint, Response, jsonify, request

from videoai.catalogue import MODELS
from videoai.history.job import Job
from videoai.resolving import known, read
from videoai.system import paths, temporary
from videoai.web.plain_files import status_of
from videoai.web.request_body import file_of
from videoai.web.serialiser import file_of_video
from videoai.web.services import Services
from videoai.web.videos import job_of


def routes(services: Services) -> Blueprint:
    """POST /api/videos"""
    api = Blueprint("videos", __name__)

    @api.post("/api/videos")
    def take() -> Response:
        file, name = file_of(request, "video")
        with temporary.folder() as folder:
            found, picture, digest = services.videos.inspect(file, name, folder)
            like = known(found)
            if isinstance(model := like.get("model"), str) and model not in MODELS:
                del like["model"]  # a newer version's, or one of somebody's own
            settings = read(like or {"seed": 0}).to_dict()
            job = job_of(services.store, settings, digest, _files)
            photo_id = None if job is None else job.origin.get("photo_id")
            if photo_id is not None and services.photos.has(photo_id):
                kept = services.photos.get(photo_id)
            else:
                photo_id = None
                with picture.open("rb") as first:
                    kept, _ = services.photos.take(first, name)
        return jsonify(settings=settings, photo=kept.to_dict(), from_history=photo_id is not None)

    return api


def _files(job: Job) -> list[Path]:
    """Every kind of file that the job's video has been had as."""
    video = file_of_video(job)
    return [*filter(status_of, paths.job_folder(job.id).glob("export.*")), *([] if video is None else [video])]
