"""Jobs: asked for, listed, renamed, cancelled, gone on with, moved, put into the bin and taken out of it."""

from __future__ import annotations

import time
from typing import Any

from flask import Blueprint, Response, jsonify, request

from videoai.errors import BadInput, BadSettings, JobConflict
from videoai.history import bin, marks, search
from videoai.history.erase import erase_job
from videoai.history.folder import TASK
from videoai.history.job import Job, need_listed
from videoai.jobs.admission import need_room
from videoai.jobs.finishing import finishing, of_job, submit_finishing
from videoai.jobs.submit import submit
from videoai.language import say
from videoai.options import RunOptions
from videoai.request import Request
from videoai.resolving import recorded
from videoai.settings import PARAMETERS
from videoai.system import paths, temporary
from videoai.web.asking import check, check_files, estimate_here, request_of
from videoai.web.going_on import going_on
from videoai.web.listed import wanted_of
from videoai.web.parameter_table import REMOTE
from videoai.web.photos import Kept
from videoai.web.request_body import OPTION_TYPES, check_settings, file_of, json_of, settings_of_form
from videoai.web.services import Services

_MOST_LISTED = 200


def routes(services: Services) -> Blueprint:
    """/api/jobs and what is done with a job; its files are in job_files.py."""
    api = Blueprint("jobs", __name__)
    store, shape = services.store, services.serialiser.job

    @api.get("/api/jobs")
    def list_jobs() -> Response:
        found, more = search.page(
            store,
            wanted_of(request.args),
            limit=_limit(request.args.get("limit")),
            before=request.args.get("before") or None,
        )
        return jsonify(jobs=[shape(job) for job in found], more=more, **services.queue_state.to_dict())

    @api.get("/api/jobs/kinds")
    def list_kinds() -> Response:
        return jsonify(search.kinds(store))

    @api.post("/api/jobs")
    def add() -> tuple[Response, int]:
        need_room(store)
        kept, wanted = _asked(services)
        check(services, kept, wanted)
        origin = {"photo_id": kept.id, "preset": wanted.preset}
        job = submit(store, kept.path, wanted, lambda event: None, title=kept.name, origin=origin)
        services.queue.wake()
        return jsonify(shape(job)), 201

    @api.post("/api/jobs/<id>/continue")
    def go_on(id: str) -> tuple[Response, int]:
        body = json_of(request, {"frame": int, "settings": dict})
        if "frame" not in body:
            raise BadInput(
                say("You didn't name a frame."), say("Send its number as frame: that of the first one is 0.")
            )
        need_room(store)
        job = search.one(store, id)
        need_listed(job)
        settings = {**going_on(job), **check_settings(body.get("settings", {}))}
        wanted = Request.of(settings, {"offline": True, "gentle": services.options.gentle})
        with temporary.folder() as folder:
            picture = services.videos.frame(job, body["frame"], folder / "frame.png")
            with picture.open("rb") as file:
                kept, _ = services.photos.take(file, job.title)
            check(services, kept, wanted)
            # Of the picture itself, not of the photo, which was made smaller for the page.
            origin = {"photo_id": kept.id, "preset": job.origin.get("preset")}
            added = submit(store, picture, wanted, lambda event: None, title=job.title, origin=origin)
        services.queue.wake()
        return jsonify(shape(added)), 201

    @api.get("/api/jobs/<id>")
    def show(id: str) -> Response:
        return jsonify(shape(search.one(store, id)))

    @api.patch("/api/jobs/<id>")
    def mark(id: str) -> Response:
        body = json_of(request, {"title": str, "favourite": bool})
        if not body:
            raise BadInput(say("You didn't say what to change."), say("Send a title, or favourite, or both."))
        job = marks.mark(store, id, **body)
        services.events.wake()
        return jsonify(shape(job))

    @api.delete("/api/jobs/<id>")
    def remove(id: str) -> Response | tuple[str, int]:
        if request.args.get("forever") == "1":
            erase_job(store, id, video=True)
            services.events.wake()
            return "", 204
        job = bin.put_in(store, id, time.time())
        services.events.wake()
        return jsonify(id=job.id, until=bin.until_text(job))

    @api.post("/api/jobs/<id>/restore")
    def restore(id: str) -> Response:
        json_of(request, {})
        job = bin.take_out(store, id)
        services.events.wake()
        return jsonify(shape(job))

    @api.post("/api/jobs/<id>/cancel")
    def cancel(id: str) -> Response:
        json_of(request, {})
        return jsonify(shape(store.cancel(id)))

    @api.post("/api/jobs/<id>/resume")
    def resume(id: str) -> Response:
        return jsonify(shape(_again(services, id)))

    @api.post("/api/jobs/<id>/retry")
    def retry(id: str) -> Response:
        return jsonify(shape(_again(services, id, anew=True)))

    @api.post("/api/jobs/<id>/finish")
    def finish(id: str) -> tuple[Response, int]:
        body = json_of(request, {"settings": dict, "force": bool})
        need_room(store)
        subject = of_job(search.one(store, id))
        settings = finishing(subject, body.get("settings", {}))
        refusal = estimate_here(services, settings, subject.source.clip).refusal()
        if refusal is not None and not body.get("force"):
            raise refusal
        options = RunOptions(gentle=services.options.gentle, force=body.get("force", False))
        job = submit_finishing(store, subject, body.get("settings", {}), options)
        services.queue.wake()
        return jsonify(shape(job)), 201

    @api.post("/api/jobs/<id>/move")
    def move(id: str) -> Response:
        body = json_of(request, {"before": str})
        return jsonify(shape(store.move(id, body.get("before"))))

    return api


def _limit(text: str | None) -> int:
    if text is None:
        return 50
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= _MOST_LISTED):
        raise BadInput(
            say("limit must be a whole number from 1 to {count}.", count=_MOST_LISTED), say("Leave it out to get 50.")
        )
    return int(text)


def _again(services: Services, id: str, *, anew: bool = False) -> Job:
    """The same run once more, from its last step or from the beginning.

    Raises JobUnknown, JobConflict, ModelMissing, ModelDamaged.
    """
    json_of(request, {})
    job = search.one(services.store, id)
    need_listed(job)
    if not (paths.job_folder(job.id) / TASK).is_file():
        raise JobConflict(
            say("Nothing is left of job {id} to continue from.", id=job.id), say("Start the video again.")
        )
    if "source" not in job.origin:
        check_files(services, recorded(job.settings))
    job = services.store.retry(job.id, anew=anew)
    services.queue.wake()
    return job


def _asked(services: Services) -> tuple[Kept, Request]:
    """The photo and what is wanted of it, from JSON or from a form."""
    if request.mimetype == "multipart/form-data":
        fields = request.form.to_dict()
        if unknown := [name for name in fields if name not in PARAMETERS and name not in REMOTE]:
            raise BadSettings(
                say("There is no field “{name}” here.", name=(unknown[0] or "")[:40]),  # one may have no name
                say("GET /api/settings lists the parameters."),
            )
        body: dict[str, Any] = {"settings": settings_of_form(fields)}
        body |= {name: value for name, value in fields.items() if name in REMOTE and value != ""}
        wanted = request_of(services, body)  # before the photo is read
        kept, _ = services.photos.take(*file_of(request, "photo"))
    else:
        body = json_of(request, {"photo_id": str, "settings": dict, **OPTION_TYPES})
        wanted = request_of(services, body)
        if "photo_id" not in body:
            raise BadInput(
                say("You didn't name a photo."),
                say("Send its id as photo_id, or the photo itself as multipart/form-data."),
            )
        kept = services.photos.get(body["photo_id"])
    return kept, wanted
