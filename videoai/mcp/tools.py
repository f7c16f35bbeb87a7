"""What an assistant can do here: make a video, follow it, list the videos, fetch one, cancel one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from videoai.errors import BadInput
from videoai.history import search
from videoai.history.folder import POSTER
from videoai.history.job import QUEUED, RUNNING, Job
from videoai.history.line import is_paused
from videoai.history.source import video_of
from videoai.history.store import JobStore
from videoai.jobs.admission import need_files, need_known_model, need_room
from videoai.jobs.queue import PAUSED, Queue
from videoai.jobs.shown import percent, public_settings
from videoai.jobs.submit import submit
from videoai.language import say
from videoai.mcp.folders import Folders
from videoai.memory.estimate import estimate
from videoai.options import OPTIONS
from videoai.request import Request
from videoai.settings import PARAMETERS
from videoai.system import paths
from videoai.system.deleting import delete
from videoai.system.machine import Machine
from videoai.system.scrubbing import without_home
from videoai.web import openapi
from videoai.web.photos import Kept, Photos
from videoai.web.plain_files import open_plain

Json = dict[str, Any]

LONGEST_WAIT = 300
"""Seconds that one call may follow a video."""
_USUAL_WAIT = 20
"""Less than most clients wait for an answer."""
_LISTED, _MOST_LISTED = 10, 100

_SECONDS: Json = {
    "type": "number",
    "minimum": 0,
    "maximum": LONGEST_WAIT,
    "default": _USUAL_WAIT,
    "description": say("How long to wait"),
}
_LIMIT: Json = {
    "type": "integer",
    "minimum": 1,
    "maximum": _MOST_LISTED,
    "default": _LISTED,
    "description": say("How many"),
}

_OPTIONS = ("preset", "gentle")
"""Whether to begin a video that does not fit into the memory is the user's to say, not an assistant's."""

_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
}


@dataclass(frozen=True, slots=True)
class Told:
    """An answer: JSON, and perhaps a JPEG."""

    values: Json
    picture: bytes | None = None


@dataclass(frozen=True, slots=True)
class Verb:
    """A tool: what it is called, says of itself, takes, and does. One that `waits` gives the job to be followed."""

    name: str
    title: str
    help: str
    properties: Mapping[str, Json]
    run: Callable[..., Told]
    required: tuple[str, ...] = ()
    changes: bool = False
    waits: bool = False

    def schema(self) -> Json:
        """That of its arguments."""
        return {
            "type": "object",
            "properties": dict(self.properties),
            "required": list(self.required),
            "additionalProperties": False,
        }

    def checked(self, given: Mapping[str, object]) -> Json:
        """The arguments that were given; null counts as not given. What the table knows, it checks itself.

        Raises BadInput.
        """
        for name in given:
            if name not in self.properties:
                raise BadInput(
                    say("{tool} has no argument “{name}”.", tool=self.name, name=name[:40]),
                    say("It takes: {names}.", names=", ".join(self.properties)),
                )
        found = {name: value for name, value in given.items() if value is not None}
        for name in self.required:
            if name not in found:
                raise BadInput(
                    say("{tool} needs the argument “{name}”.", tool=self.name, name=name),
                    say("It is: {help}", help=self.properties[name]["description"]),
                )
        for name, value in found.items():
            kind = self.properties[name].get("type")
            if name in PARAMETERS or name in OPTIONS or not isinstance(kind, str):
                continue
            if not isinstance(value, _KINDS[kind]) or (isinstance(value, bool) and kind != "boolean"):
                raise BadInput(say("“{name}” has the wrong type.", name=name), say("It must be: {kind}.", kind=kind))
        return found


class Desk:
    """What the tools work with: the history, its queue, the user's folders."""

    def __init__(self, store: JobStore, queue: Queue, folders: Folders, *, gentle: bool, thumbnails: bool) -> None:
        self.store, self._queue, self.folders = store, queue, folders
        self._gentle, self._thumbnails = gentle, thumbnails
        self._photos = Photos()

    def verbs(self) -> list[Verb]:
        """All tools."""
        job = {"type": "string", "description": say("The id of a video, from make or list")}
        return [
            Verb(
                "make",
                say("Make a video"),
                say(
                    "Ask for a short video of a photo. It is made on this computer, after those that wait already, "
                    "and takes minutes to hours: follow says how far it is. No text can be given."
                ),
                {"photo": {"type": "string", "description": self._photo_help()}, **_asked()},
                self.make,
                required=("photo",),
                changes=True,
            ),
            Verb(
                "follow",
                say("Follow a video"),
                say("How far a video is. Waits for its end, for some seconds at most."),
                {
                    "job": job,
                    "seconds": _SECONDS,
                },
                self.look,
                required=("job",),
                waits=True,
            ),
            Verb(
                "list",
                say("List the videos"),
                say("All videos made on this computer or waiting, the newest first."),
                {
                    "limit": _LIMIT,
                    "words": {"type": "string", "description": say("Only those with these words in the photo's name")},
                },
                self.list,
            ),
            Verb(
                "fetch",
                say("Fetch a video"),
                say("Where the file of a video is, its settings, and its first frame."),
                {"job": job, "thumbnail": {"type": "boolean", "description": say("Whether to show the first frame")}},
                self.fetch,
                required=("job",),
            ),
            Verb(
                "cancel",
                say("Cancel a video"),
                say("Stop making a video. Its owner can go on with it from its last step."),
                {"job": job},
                self.cancel,
                required=("job",),
                changes=True,
            ),
        ]

    def _photo_help(self) -> str:
        return say("The path of the photo, in one of these folders or below: {folders}", folders=self.folders.names())

    def make(self, photo: str, **given: object) -> Told:
        """Raises BadInput, BadSettings, BadPhoto, ModelMissing, NotEnoughMemory, QueueFull, WriteFailed."""
        need_room(self.store)
        need_known_model(given)
        options: Json = {"offline": True, "gentle": self._gentle}
        options |= {name: given.pop(name) for name in _OPTIONS if name in given}
        wanted = Request.of(given, options)
        file, name = self.folders.open(photo)
        with file:
            kept, notices = self._photos.take(file, name)
        try:
            job, seconds = self._submitted(kept, wanted)
        except BaseException:
            if kept.is_new:
                delete(kept.path)
            raise
        self._queue.wake()
        return Told(_row(job) | {"seconds_it_takes": round(seconds), "notices": list(notices)})

    def _submitted(self, kept: Kept, wanted: Request) -> tuple[Job, float]:
        """The job, and how long it takes."""
        settings = wanted.settings((kept.width, kept.height))
        need_files(settings)
        found = estimate(settings, Machine.now().budget)
        if (refusal := found.refusal()) is not None:
            raise refusal
        origin = {"photo_id": kept.id, "preset": wanted.preset}
        job = submit(self.store, kept.path, wanted, lambda event: None, title=kept.name, origin=origin)
        return job, found.planned.seconds

    def look(self, job: str, seconds: float = _USUAL_WAIT) -> Told:
        """Raises JobUnknown."""
        trouble = self._queue.trouble
        more = {} if trouble is None else {"trouble": f"{trouble.message} {trouble.hint}".strip()}
        found = search.one(self.store, job)
        if found.queue_position is not None and is_paused(self.store):
            more["trouble"] = PAUSED
        return Told(_row(found) | more)

    def list(self, limit: int = _LISTED, words: str = "") -> Told:
        """Raises BadInput."""
        if not 1 <= limit <= _MOST_LISTED:
            raise BadInput(
                say("limit must be a whole number from 1 to {count}.", count=_MOST_LISTED),
                say("Leave it out to get {count}.", count=_LISTED),
            )
        jobs, more = search.page(self.store, search.Filter(text=words), limit=limit)
        return Told({"videos": [_row(job) for job in jobs], "more": more})

    def fetch(self, job: str, thumbnail: bool = True) -> Told:
        """Raises JobUnknown."""
        found = search.one(self.store, job)
        picture = None
        if thumbnail and self._thumbnails:
            try:
                with open_plain(paths.job_folder(found.id) / POSTER) as file:
                    picture = file.read()
            except OSError:  # it is not that far yet
                picture = None
        return Told(_row(found) | {"settings": public_settings(found)}, picture)

    def cancel(self, job: str) -> Told:
        """Raises JobUnknown."""
        return Told(_row(self.store.cancel(search.one(self.store, job).id)))


def is_going_on(values: Mapping[str, Any]) -> bool:
    """Whether there is something to wait for."""
    return values["state"] in (QUEUED, RUNNING)


def _row(job: Job) -> Json:
    found: Json = {
        "job": job.id,
        "state": job.state,
        "photo": job.title,
        "percent": percent(job),
        "video": video_of(job),
        "path": job.output,
    }
    if job.queue_position is not None:
        found["place_in_the_queue"] = job.queue_position
    if job.eta_seconds is not None:
        found["seconds_left"] = round(job.eta_seconds)
    if job.reason is not None:
        found["reason"] = {name: without_home(text) for name, text in job.reason.items()}
    if job.notices:
        found["notices"] = list(job.notices)
    return found


def _asked() -> Json:
    """The settings and options that may be given, by the table."""
    settings: Json = openapi.document()["components"]["schemas"]["Given"]["properties"]
    options = {name: OPTIONS[name].kind.schema() | {"description": OPTIONS[name].help} for name in _OPTIONS}
    return options | settings
