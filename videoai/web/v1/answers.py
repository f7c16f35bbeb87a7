"""Jobs and models as OpenAI's video API shows them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from videoai.catalogue import MODELS
from videoai.history.job import DONE, QUEUED, RUNNING, WORDS, Job
from videoai.history.source import video_of
from videoai.jobs.shown import percent, public_settings
from videoai.language import say
from videoai.web.error_answers import public

_STATUS = {QUEUED: "queued", RUNNING: "in_progress", DONE: "completed"}
"""What is in none of these states goes on only if its owner says so, so to a client it has failed."""


def video(job: Job, notices: Iterable[str] = ()) -> dict[str, Any]:
    """A job. What is special here is in `notices`, a field of our own."""
    clip = video_of(job)
    return {
        "id": job.id,
        "object": "video",
        "created_at": int(job.created),
        "completed_at": int(job.heard) if job.state == DONE and job.heard is not None else None,
        "expires_at": None,
        "status": _STATUS.get(job.state, "failed"),
        "progress": percent(job),
        "model": public_settings(job).get("model", ""),
        "prompt": None,  # none was used
        "remixed_from_video_id": None,
        "seconds": f"{clip['seconds']:.2f}".rstrip("0").rstrip("."),
        "size": f"{clip['width']}x{clip['height']}",
        "error": _error(job),
        "notices": [*job.notices, *notices],
    }


def _error(job: Job) -> dict[str, Any] | None:
    if job.state in _STATUS:
        return None
    if job.reason is None:
        return {"code": job.state, "message": say("The video was not made: it is {state}.", state=WORDS[job.state])}
    told = public(job.reason)
    return {"code": told["code"], "message": f"{told['message']} {told['hint']}".strip()}


def videos(jobs: Sequence[Job], *, more: bool) -> dict[str, Any]:
    """A page of them."""
    return {
        "object": "list",
        "data": [video(job) for job in jobs],
        "first_id": jobs[0].id if jobs else None,
        "last_id": jobs[-1].id if jobs else None,
        "has_more": more,
    }


def model(id: str) -> dict[str, Any]:
    """A model. When it was made is not known here."""
    return {"id": id, "object": "model", "created": 0, "owned_by": "videoai", "title": MODELS[id].title}


def models() -> dict[str, Any]:
    """All of them, whether their weights are here or not."""
    return {"object": "list", "data": [model(id) for id in MODELS]}
