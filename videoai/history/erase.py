"""Deleting what was made: one job with all that is its own, or everything.

Files go first and the row last, so that what could not be deleted is still in the list, to be deleted again.
"""

from __future__ import annotations

import time
from collections.abc import Collection
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videoai.errors import JobConflict, VideoAiError
from videoai.history.disk_reserve import fill, with_room
from videoai.history.folder import delete_folder
from videoai.history.job import DONE, Job, is_id
from videoai.history.publishing import Publication
from videoai.history.rows import find_one
from videoai.history.store import JobStore
from videoai.language import say
from videoai.system import paths, set_aside, temporary
from videoai.system.deleting import Left, delete, must_delete, raise_if_left
from videoai.system.paths import files_in

PHOTO_SECONDS = 86400.0
"""How long a photo that no job has is kept."""
_SUBMITTING_SECONDS = 600.0
"""More than passes between the making of a job's folder and its row."""


def erase_job(store: JobStore, id: str, *, video: bool, binned: bool = False) -> Job:
    """Delete a job that does not run, with its folder, its photo and, if so wanted, its video; with `binned` only if it
    still is in the bin.

    A video that was changed since stays, and a photo that another job has, or may have in a moment. Raises JobUnknown,
    JobConflict, NotDeleted, WriteFailed: then the job is still in the list.
    """
    (job,) = with_room(lambda: store.let_none_begin(id))
    with_room(lambda: _discard(store, job.id, video=video, binned=binned))
    photo = photo_of(job)
    if photo is not None and photo not in wanted_photos(store, besides=job.id) and not _is_given_anew(photo, job):
        must_delete(paths.photos() / f"{photo}.jpg")
    removed = with_room(lambda: store.remove(job.id))
    fill()
    return removed


def _discard(store: JobStore, id: str, *, video: bool, binned: bool) -> None:
    with store.at_rest(id) as connection:
        if binned and find_one(connection, id).binned is None:
            raise JobConflict(say("Job {id} is not in the bin.", id=id))
        if video:
            _, left = Publication(paths.job_folder(id)).withdraw()
            raise_if_left([left] if left else [])
        _forget_depth(paths.job_folder(id))
        delete_folder(id)


def _forget_depth(folder: Path) -> None:
    """What was found in the photo of a job goes with it; another job that has the photo finds it anew."""
    if not files_in(paths.depths()):
        return
    from videoai.engines.draft import remembered  # with numpy, which this needs for nothing else
    from videoai.history.task import read_photo

    with suppress(VideoAiError):  # where the photo is gone, what was found in it goes after a day
        remembered.forget(read_photo(folder).pixels)


def photo_of(job: Job) -> str | None:
    """The id of the photo that the page was given for it, if there is one."""
    found = job.origin.get("photo_id")
    return found if isinstance(found, str) and is_id(found) else None


def _is_given_anew(photo: str, job: Job) -> bool:
    """Whether somebody has given it once more after the job was made, and not so long ago that nothing comes of it."""
    try:
        given = (paths.photos() / f"{photo}.jpg").lstat().st_mtime
    except OSError:
        return False
    return job.created < given and time.time() - given < PHOTO_SECONDS


def wanted_photos(store: JobStore, besides: str | None = None) -> Collection[str]:
    """The ids of the photos that jobs have, also in the bin, all but this one."""
    return {photo for job in store.jobs(binned=True) if job.id != besides and (photo := photo_of(job)) is not None}


@dataclass(slots=True)
class Erased:
    """How much was deleted. `kept` are videos that were not: changed since, or nothing says that they are ours.

    `left` is what could not be deleted; the jobs that it is of stay in the list.
    """

    jobs: int = 0
    videos: int = 0
    photos: int = 0
    kept: list[str] = field(default_factory=list)
    left: list[Left] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """What `forget --json` prints."""
        return {
            "jobs": self.jobs,
            "videos": self.videos,
            "photos": self.photos,
            "kept": self.kept,
            "left": [left.to_dict() for left in self.left],
        }

    def delete(self, path: Path) -> bool:
        """Delete a file or folder, or note that it is left; whether it is gone."""
        left = delete(path)
        if left is not None:
            self.left.append(left)
        return left is None


def erase_everything(store: JobStore) -> Erased:
    """Delete it all; models stay, and what is known of the machine's speed. Raises JobConflict, WriteFailed.

    While a video is being made nothing is deleted. What is in the files is overwritten nowhere: that is the disk's.
    """
    jobs = with_room(store.let_none_begin)
    gone = Erased()
    known_ids = {job.id for job in jobs}
    stay = set()
    for folder in files_in(paths.jobs()):
        if folder.name not in known_ids and _is_young(folder):
            continue  # of a job that somebody asks for at this moment: its row comes last
        if not _forget_folder(store, folder, gone):
            stay.add(folder.name)
    known = {job.output for job in jobs if job.state == DONE and job.output and _exists(Path(job.output))}
    gone.kept += sorted(known - set(gone.kept) - {str(left.path) for left in gone.left})
    for photo in files_in(paths.photos()):
        gone.photos += gone.delete(photo) and photo.suffix == ".jpg"
    for path in (*files_in(paths.depths()), *set_aside.all_of_it()):
        gone.delete(path)
    temporary.sweep()
    for folder in (paths.jobs(), paths.photos(), paths.depths()):
        _remove_if_empty(folder)
    forgotten = [job.id for job in jobs if job.id not in stay]
    with_room(lambda: store.remove_all(forgotten))
    gone.jobs = len(forgotten)
    with_room(store.shrink)
    fill()
    return gone


def _forget_folder(store: JobStore, folder: Path, gone: Erased) -> bool:
    """Delete a job's folder and its video; whether nothing is left. A job that was queued again keeps its folder."""
    publication = Publication(folder)
    video = publication.place()
    try:
        with store.at_rest(folder.name):  # while another program holds the history, nothing at all is deleted
            removed, left = publication.withdraw()
            if left is not None:
                gone.left.append(left)
                return False  # what is in the folder says where the video is
            if removed:
                gone.videos += 1
            elif video is not None and _exists(video):
                gone.kept.append(str(video))
            return gone.delete(folder)
    except JobConflict:
        return False


def _is_young(folder: Path) -> bool:
    try:
        return time.time() - folder.lstat().st_mtime < _SUBMITTING_SECONDS
    except OSError:
        return True


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        return True


def _remove_if_empty(folder: Path) -> None:
    try:
        folder.rmdir()
    except OSError:
        return  # not empty, or not there
