"""The bin: where a clip lies that was deleted on the page, until it is really deleted seven days later.

Its row says when it was put in; its files stay where they are, the video too. No list shows it, and it counts in no
total; `JobStore.get` and `search.one` still find it.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videoai.errors import JobConflict, JobUnknown, NotDeleted, VideoAiError, WriteFailed
from videoai.history.disk_reserve import with_room
from videoai.history.erase import erase_job, photo_of
from videoai.history.folder import DUE
from videoai.history.job import Job, iso
from videoai.history.marks import note
from videoai.history.rows import find_one
from videoai.history.store import JobStore
from videoai.system import paths, private_files
from videoai.system.paths import files_in

DAY = 86400.0
DAYS = 7
_NOTICE_DAYS = 1
"""How long it must have been known that a clip's time is nearly up: see `purge`."""


def put_in(store: JobStore, id: str, now: float) -> Job:
    """Put a job into the bin at `now` (wall time), as it is then; what waited is cancelled. One that lies there stays.

    Raises JobUnknown, JobConflict while it runs, WriteFailed.
    """

    def put() -> Job:
        with store.at_rest(id) as connection:
            connection.execute("UPDATE jobs SET binned = coalesce(binned, ?) WHERE id = ?", (now, id))
            return find_one(connection, id)

    with_room(lambda: store.let_none_begin(id))
    return _noted(with_room(put))


def take_out(store: JobStore, id: str) -> Job:
    """Let a job be listed again, where it was. Raises JobUnknown, WriteFailed."""

    def take() -> Job:
        with store.database.writing() as connection:
            connection.execute("UPDATE jobs SET binned = NULL WHERE id = ? AND binned IS NOT NULL", (id,))
            return find_one(connection, id)

    return _noted(with_room(take))


def _noted(job: Job) -> Job:
    note(job)
    return job


def until(job: Job) -> float:
    """When a job in the bin is to be deleted, in wall time."""
    return (job.binned or 0) + DAYS * DAY


def until_text(job: Job) -> str:
    """The same, as JSON has it."""
    return iso(until(job))


def begin_anew(store: JobStore, now: float) -> None:
    """Let all in the bin have its whole time once more: what a backup brings back was old when it was put there."""
    with store.database.writing() as connection:
        connection.execute("UPDATE jobs SET binned = ? WHERE binned IS NOT NULL", (now,))


@dataclass(frozen=True, slots=True)
class Contents:
    """What lies in the bin, the last one put in first; `freed` is what deleting each gives back, by id, in bytes."""

    jobs: list[Job]
    freed: dict[str, int]
    bytes: int
    """What emptying gives back: with the photos that only jobs in the bin have, which may share one."""


def contents(store: JobStore) -> Contents:
    """All of it. A video that has another name on the disk frees nothing; one that was changed since may stay."""
    binned = store.binned()
    own = {job.id: _own_bytes(job) for job in binned}
    if not binned:
        return Contents([], {}, 0)
    users = Counter(photo for job in store.jobs(binned=True) if (photo := photo_of(job)) is not None)
    here = Counter(photo for job in binned if (photo := photo_of(job)) is not None)
    photos = {photo: _bytes([paths.photos() / f"{photo}.jpg"]) for photo in here if here[photo] == users[photo]}
    freed = {job.id: own[job.id] + photos.get(_only(job, users), 0) for job in binned}
    return Contents(binned, freed, sum(own.values()) + sum(photos.values()))


def _only(job: Job, users: Counter[str]) -> str:
    """The photo that no other job has."""
    photo = photo_of(job)
    return photo if photo is not None and users[photo] == 1 else ""


def _own_bytes(job: Job) -> int:
    video = Path(job.output) if job.output else None
    frames = files_in(video) if video is not None and video.is_dir() else [video] if video is not None else []
    return _bytes([*files_in(paths.job_folder(job.id)), *frames])


def _bytes(files: Iterable[Path]) -> int:
    return sum(status.st_size for file in files if (status := _status(file)) and status.st_nlink == 1)


def _status(file: Path) -> os.stat_result | None:
    try:
        return file.lstat()
    except OSError:
        return None


@dataclass(slots=True)
class Emptied:
    """The ids of what was deleted, and what could not be: that stays in the bin, to be deleted again."""

    ids: list[str] = field(default_factory=list)
    left: list[VideoAiError] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """What `jobs empty-bin --json` prints."""
        return {"jobs": self.ids, "left": [error.to_dict()["error"] for error in self.left]}


def empty(store: JobStore) -> Emptied:
    """Delete all that lies in the bin, with the videos."""
    return _erase(store, store.binned())


def purge(store: JobStore, now: float) -> Emptied:
    """Delete what has lain in the bin for its time at `now` (wall time). Raises WriteFailed.

    A clock that is wrong for a while deletes nothing early: a job's time must have been seen to be nearly up a day
    before, by the same clock. The mark of that is in its folder; one of a time that is still to come counts for
    nothing. What was put in at such a time, while the clock was ahead, has its whole time from now on.
    """
    due = []
    for job in store.binned():
        if (job.binned or 0) > now:
            with store.database.writing() as connection:
                connection.execute("UPDATE jobs SET binned = ? WHERE id = ? AND binned > ?", (now, job.id, now))
        elif now >= until(job) - _NOTICE_DAYS * DAY:
            noticed = _noticed(job, now)
            if now >= until(job) and now - noticed >= _NOTICE_DAYS * DAY:
                due.append(job)
    return _erase(store, due)


def _noticed(job: Job, now: float) -> float:
    """When it was first seen that a job's time is nearly up; if never, that is now."""
    mark = paths.job_folder(job.id) / DUE
    status = _status(mark)
    if status is not None and until(job) - _NOTICE_DAYS * DAY <= status.st_mtime <= now:
        return status.st_mtime
    try:
        private_files.make_folder(mark.parent)  # which somebody may have deleted
        mark.touch()
        os.utime(mark, (now, now))
    except (OSError, VideoAiError):
        return now  # nothing was noted: it is tried again the next time
    return now


def _erase(store: JobStore, jobs: Iterable[Job]) -> Emptied:
    done = Emptied()
    for job in jobs:
        try:
            erase_job(store, job.id, video=True, binned=True)
        except (NotDeleted, WriteFailed) as error:
            done.left.append(error)
        except (JobConflict, JobUnknown):
            continue  # somebody has taken it out meanwhile, or was faster
        else:
            done.ids.append(job.id)
    return done
