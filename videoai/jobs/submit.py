"""From a request to a job in the queue."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from videoai.catalogue import MODELS
from videoai.errors import JobConflict, VideoAiError
from videoai.events import OnEvent
from videoai.history.job import Job, new_id
from videoai.history.owner import Owner
from videoai.history.store import JobStore
from videoai.history.task import Submission, Task, write_photo
from videoai.media.fitted_photo import FittedPhoto
from videoai.outputs import Output, title_of
from videoai.request import Request, open_photo
from videoai.settings import GenerationSettings
from videoai.system import paths
from videoai.system.deleting import delete


@dataclass(frozen=True, slots=True)
class Prepared:
    """A job that lies in its folder, whole, and is in no list yet: it can still be taken back."""

    id: str
    title: str
    wanted: Submission

    def queue(self, store: JobStore, keeper: Owner | None = None) -> Job:
        """Put it into the queue, last, or let it wait for its `keeper`. Raises WriteFailed."""
        return store.add(self.title, self.wanted.task.settings.to_dict(), self.wanted.origin, id=self.id, keeper=keeper)


def submit(
    store: JobStore,
    photo: Path,
    request: Request,
    on_event: OnEvent,
    *,
    number: int = 1,
    id: str | None = None,
    title: str | None = None,
    origin: Mapping[str, Any] | None = None,
) -> Job:
    """Queue the video of the photo at `photo`. See `prepare`. What ends this early, Ctrl-C too, leaves nothing of it.

    Raises BadPhoto, BadSettings, BadOutput, WriteFailed.
    """
    opened = open_photo(photo, request, on_event)
    id = id or new_id(time.time())
    try:
        return prepare(id, photo, request, opened, number=number, title=title, origin=origin).queue(store)
    except BaseException:
        take_back(store, id)
        raise


def prepare(
    id: str,
    photo: Path,
    request: Request,
    opened: tuple[FittedPhoto, GenerationSettings],
    *,
    number: int = 1,
    title: str | None = None,
    origin: Mapping[str, Any] | None = None,
) -> Prepared:
    """Fill the folder of a job, the `number`th of a call, for the photo at `photo`, which was `opened`.

    `id` is one of `new_id`; `title` is what the photo is called, if not as its file; `origin` what the history shall
    know of where the job came from. Whoever calls it calls `take_back` if this ends early, or the job shall not be
    queued after all. Raises BadOutput, WriteFailed.
    """
    fitted, settings = opened
    output = Output(request.output)
    output.check_writable(photo, number, settings)
    task = Task(
        settings=_anywhere(settings),
        suffix=output.suffix(),
        encoder=request.encoder,
        offline=request.offline,
        gentle=request.gentle,
        memory_limit=request.memory_limit,
        force=request.force,
    )
    wanted = Submission(
        task,
        photo=title or str(photo.absolute()),
        output=output.absolute().pattern,
        number=number,
        overwrite=bool(request.overwrite),
        origin=dict(origin or {}),
    )
    prepared = Prepared(id, title or title_of(photo.name), wanted)
    folder = paths.job_folder(prepared.id)
    write_photo(folder, fitted)
    wanted.write(folder)
    return prepared


def take_back(store: JobStore, id: str) -> None:
    """Leave no photo behind that no list shows, and no job that nobody waits for: Ctrl-C may come after its row."""
    try:
        store.remove(id)
    except JobConflict:  # another program has begun it already
        return
    except VideoAiError:  # it is in no list, or there is none
        pass
    delete(paths.job_folder(id))


def _anywhere(settings: GenerationSettings) -> GenerationSettings:
    """The same model whatever the current folder is when the job runs."""
    if settings.model in MODELS:
        return settings
    return replace(settings, model=str(paths.expanded(settings.model).absolute()))
