"""Several clips in one file."""

from __future__ import annotations

import functools
import threading
import time
from dataclasses import replace

from flask import Blueprint, Response, request

from videoai.errors import BadInput, Busy, NotThere
from videoai.history import search
from videoai.history.job import is_id, need_listed
from videoai.language import say
from videoai.web.download_names import download_name, told_apart
from videoai.web.plain_files import open_plain, status_of
from videoai.web.serialiser import file_of_video
from videoai.web.services import Services
from videoai.web.zip_stream import Packed, zipped

MOST_CLIPS = 200
MOST_AT_ONCE = 4
"""Files on their way: each holds one of the server's threads for as long as it takes."""


def routes(services: Services) -> Blueprint:
    """GET /api/jobs/videos.zip"""
    api = Blueprint("clips_together", __name__)
    ways = threading.Semaphore(MOST_AT_ONCE)

    @api.get("/api/jobs/videos.zip")
    def videos() -> Response:
        there = [_video(services, id) for id in _ids(request.args.get("ids", ""))]
        names = told_apart(video.name for video in there)
        files = [replace(video, name=name) for video, name in zip(there, names, strict=True)]
        if not ways.acquire(blocking=False):
            raise Busy(say("Other clips are being downloaded already."), say("Try again when they are there."))
        response = Response(zipped(files), mimetype="application/zip")
        response.call_on_close(ways.release)
        response.headers.set("Content-Disposition", "attachment", filename=f"VideoAi {time.strftime('%Y-%m-%d')}.zip")
        response.cache_control.no_store = True
        return response

    return api


def _ids(text: str) -> list[str]:
    """Those that are asked for, each once. Raises BadInput."""
    ids = list(dict.fromkeys(id for id in text.split(",") if id))
    if not ids or not all(map(is_id, ids)):
        raise BadInput(say("You didn't name the clips."), say("Send their ids as ids, separated by commas."))
    if len(ids) > MOST_CLIPS:
        raise BadInput(
            say("{count} clips at once are too many.", count=len(ids)), say("Ask for at most {most}.", most=MOST_CLIPS)
        )
    return ids


def _video(services: Services, id: str) -> Packed:
    """The video of a clip. Raises JobUnknown, JobConflict, NotThere."""
    job = search.one(services.store, id)
    need_listed(job)
    path = file_of_video(job)
    status = None if path is None else status_of(path, linked_folder=True)
    if path is None or status is None:
        raise NotThere(
            say("“{title}” has no video here.", title=job.title), say("Leave it out, and try the others again.")
        )
    opened = functools.partial(open_plain, path, linked_folder=True)  # where it is, the user has chosen
    return Packed(download_name(job.title, path), status.st_mtime, status.st_size, opened)
