"""The JSON of jobs and models: what is in the history and in the catalogue, as the web API shows it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from videoai.catalogue import EXTRAS, MODELS
from videoai.finishing.registry import parameters_of
from videoai.history import bin
from videoai.history.folder import PHOTO, POSTER, PREVIEW, has_steps, kept_bytes
from videoai.history.job import DONE, UNFINISHED, Job
from videoai.history.source import video_of
from videoai.history.store import JobStore
from videoai.jobs.queue import Queue
from videoai.jobs.shown import public_settings
from videoai.language import printable
from videoai.models.pulling import Pulls
from videoai.system import paths
from videoai.upkeep.model_list import describe, describe_extra, terms
from videoai.web.error_answers import public
from videoai.web.parameter_table import ranges_of
from videoai.web.photos import Photos
from videoai.web.plain_files import status_of

_AS_THEY_ARE = (
    "id",
    "created",
    "title",
    "favourite",
    "state",
    "stage",
    "step",
    "total",
    "eta_seconds",
    "queue_position",
    "foreground",
    "cancel_requested",
    "plan",
    "seconds",
    "peak_bytes",
    "notices",
    "binned",
)
"""What a job's JSON has from Job.to_dict(). The rest of that are paths of this machine and counters."""


class Serialiser:
    """Makes them from what is in the database, what runs, and which files there are."""

    def __init__(self, store: JobStore, queue: Queue, photos: Photos, pulls: Pulls) -> None:
        self._store, self._queue, self._photos, self._pulls = store, queue, photos, pulls

    def job(self, job: Job) -> dict[str, Any]:
        """A job."""
        values, folder = job.to_dict(), paths.job_folder(job.id)
        photo_id, here = job.origin.get("photo_id"), f"/api/jobs/{job.id}"
        beat, video = self._queue.live(job.id), file_of_video(job)
        return {name: values[name] for name in _AS_THEY_ARE} | {
            "settings": public_settings(job),
            "video": video_of(job),
            "finishes": None if "source" not in job.origin else {"job": job.origin.get("finishes")},
            "preset": job.origin.get("preset"),
            "reason": None if job.reason is None else public(job.reason),
            "memory": None if beat is None else asdict(beat),
            "photo_id": photo_id if self._photos.has(photo_id) else None,
            "photo_url": f"{here}/photo" if status_of(folder / PHOTO) else None,
            "preview_url": _with_version(f"{here}/preview.webp", folder / PREVIEW),
            "video_url": None if video is None else f"{here}/video.mp4",
            "file": _about(video),
            "poster_url": f"{here}/poster.jpg" if status_of(folder / POSTER) else None,
            "kept_bytes": kept_bytes(job.id),
            "resumable": job.state in UNFINISHED and has_steps(job.id),
        }

    def bin(self) -> dict[str, Any]:
        """How much is in the bin, for who does not look into it."""
        found = bin.contents(self._store)
        return {"count": len(found.jobs), "bytes": found.bytes}

    def trouble(self) -> dict[str, str] | None:
        """Why no video can be made at the moment; None while it can."""
        trouble = self._queue.trouble
        return None if trouble is None else public({"message": trouble.message, "hint": trouble.hint})

    def signs_of_life(self, job: Job) -> object:
        """What changes while a job runs without its row changing: its memory, its preview."""
        return self._queue.live(job.id), _with_version("", paths.job_folder(job.id) / PREVIEW)

    def model(self, model_id: str) -> dict[str, Any]:
        """A row of the models."""
        model = MODELS[model_id]
        return (
            describe(model)
            | {"download_bytes": model.size}
            | terms(model)
            | {"ranges": ranges_of(model_id), "parameters": sorted(parameters_of(model_id))}
            | {"progress": self._progress(model_id)}
        )

    def models(self) -> list[dict[str, Any]]:
        """All of them."""
        return [self.model(model_id) for model_id in MODELS]

    def extra_row(self, extra_id: str) -> dict[str, Any]:
        """A row of what is beside the models."""
        extra = EXTRAS[extra_id]
        found = describe_extra(extra)
        return {name: found[name] for name in ("id", "title", "state", "size_bytes", "licence")} | {
            "name": extra.name,
            "offer": extra.offer,
            "use": extra.use,
            "download_bytes": extra.size,
            "licence_url": extra.licence.url,
            "progress": self._progress(extra_id),
        }

    def extras(self) -> list[dict[str, Any]]:
        """All of it."""
        return [self.extra_row(extra_id) for extra_id in EXTRAS]

    def model_or_extra(self, id: str) -> dict[str, Any]:
        """The row of whatever has this id."""
        return self.extra_row(id) if id in EXTRAS else self.model(id)

    def _progress(self, id: str) -> dict[str, Any] | None:
        progress = self._pulls.progress(id)
        return None if progress is None else progress.to_dict()


def file_of_video(job: Job) -> Path | None:
    """The job's video, if it is done and the file is still where it was put."""
    if job.state != DONE or job.output is None:
        return None
    path = Path(job.output)
    return path if path.suffix.lower() == ".mp4" and path.is_file() and not path.is_symlink() else None


def _about(video: Path | None) -> dict[str, Any] | None:
    """The name and the size of a file; None if it is not there."""
    status = None if video is None else status_of(video)
    return None if video is None or status is None else {"name": printable(video.name), "bytes": status.st_size}


def _with_version(url: str, file: Path) -> str | None:
    """The address, with a number that is another one whenever the file is; None if there is no file."""
    status = status_of(file)
    return None if status is None else f"{url}?v={status.st_mtime_ns // 1_000_000}"
