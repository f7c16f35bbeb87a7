"""What lies around that no list shows, made good from time to time: leftovers are removed, lost jobs listed again."""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from videoai.history import bin
from videoai.history.erase import PHOTO_SECONDS
from videoai.history.folder import TASK, delete_leftovers, kept_bytes, kept_frames
from videoai.history.job import DONE, is_id
from videoai.history.publishing import Publication
from videoai.history.recovery import relist
from videoai.history.store import JobStore
from videoai.language import shown
from videoai.system import files, paths, temporary
from videoai.system.deleting import Left, delete
from videoai.system.paths import files_in

DAY = 86400.0

MOST_FRAME_BYTES = 2_000_000_000
"""Of all the frames that are kept: some four thousand of 640×384, three hundred clips of the models'."""

_log = logging.getLogger("videoai")


def clean_jobs(store: JobStore, now: float) -> None:
    """Remove what runs have left behind, and take in what a job's folder knows and the history does not.

    Such a folder, more than a day old, is one of a job whose program was killed just before it was queued, or whose
    history was lost; if it says nothing of a job any more, nothing but pictures can be in it, and it is removed.
    """
    jobs = {job.id: job for job in store.jobs(binned=True)}
    for job in jobs.values():
        if job.state == DONE:
            for left in delete_leftovers(job.id):
                _tell(left)
    bound_frames(store)
    folders = [path for path in files_in(paths.jobs()) if is_id(path.name)]
    lost = [path for path in folders if path.name not in jobs and _is_old(path, now)]
    relist(store, lost)
    listed = {job.id for job in store.jobs(binned=True)}
    for path in lost:
        if path.name not in listed and _says_nothing(path):
            _remove(path)


def clean_bin(store: JobStore, now: float) -> None:
    """Delete what has lain in the bin for its time; what the disk does not let go of is tried again later."""
    for error in bin.purge(store, now).left:
        _log.warning("%s", shown(error.message))


def bound_frames(store: JobStore) -> None:
    """Remove kept frames until those of all jobs take no more than MOST_FRAME_BYTES, the oldest jobs' first.

    A job that is not done keeps its own, and still needs them.
    """
    sizes = {folder.name: kept_bytes(folder.name) for folder in files_in(paths.jobs()) if is_id(folder.name)}
    excess = sum(sizes.values()) - MOST_FRAME_BYTES
    if excess <= 0:
        return
    done = {job.id for job in store.jobs([DONE], binned=True)}
    for id in sorted(done & sizes.keys()):  # in the order of time, as ids are
        if excess <= 0:
            return
        for path in kept_frames(id):
            _remove(path)
        excess -= sizes[id] - kept_bytes(id)


def _says_nothing(folder: Path) -> bool:
    """Whether no job can be made out from what is in it; what cannot be read at this moment may say all."""
    try:
        with suppress(FileNotFoundError):
            (folder / TASK).read_bytes()
        return Publication(folder).noted() is None
    except OSError:
        return False


def clean_photos(wanted: Collection[str], now: float) -> None:
    """Remove the photos that are not `wanted` and were given more than a day before `now`."""
    for path in files_in(paths.photos()):
        if path.suffix == ".jpg" and path.stem not in wanted and _is_old(path, now, PHOTO_SECONDS):
            _remove(path)
    _sweep_parts(paths.photos())


def clean_temporary() -> None:
    """Remove what was needed for a moment only, by programs that were killed in it, and what has not been used for
    long of what drafts remember."""
    from videoai.engines.draft import remembered  # with numpy

    remembered.forget_old()
    temporary.sweep()
    _sweep_parts(paths.depths())
    _sweep_parts(paths.home())


def _sweep_parts(folder: Path) -> None:
    if folder.is_dir():
        files.sweep(folder)


def _is_old(path: Path, now: float, seconds: float = DAY) -> bool:
    try:
        return now - path.lstat().st_mtime > seconds
    except OSError:
        return False


def _remove(path: Path) -> None:
    left = delete(path)
    if left is not None:
        _tell(left)


def _tell(left: Left) -> None:
    """It is tried again in an hour, and said again."""
    _log.warning("%s could not be deleted: %s", left.path, shown(left.why))
