"""What takes how much of the disk, and what of it nobody needs any more."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videoai.errors import VideoAiError
from videoai.history.cleanup import clean_temporary
from videoai.history.database import is_of_an_earlier_version
from videoai.history.job import Job
from videoai.history.store import JobStore
from videoai.language import say
from videoai.system import paths, set_aside
from videoai.system.deleting import Left, delete
from videoai.system.files import abandoned
from videoai.system.paths import files_in

_YOUNG_SECONDS = 3600.0
"""What is younger may be in use, by a program of another container."""


@dataclass(frozen=True, slots=True)
class Share:
    """What takes `bytes`, and how those are had back; `id` is for scripts."""

    id: str
    title: str
    bytes: int
    hint: str

    def to_dict(self) -> dict[str, Any]:
        return {"id": self.id, "bytes": self.bytes, "hint": self.hint}


def shares() -> list[Share]:
    """All that is kept, the largest first. Videos are the user's own, and not counted but for those in the bin."""
    from videoai.catalogue import EXTRAS, MODELS
    from videoai.models.hub import cache

    binned = _binned()
    deleted = {job.id for job in binned}
    kept = [folder for folder in files_in(paths.jobs()) if folder.name not in deleted]
    in_bin = [*(paths.job_folder(id) for id in deleted), *(Path(job.output) for job in binned if job.output)]
    repos = {part.weights.repo for model in MODELS.values() for part in model.parts.values()}
    repos |= {extra.weights.repo for extra in EXTRAS.values()}
    found = [
        Share(
            "fetched",
            say("downloaded models"),
            _size(map(cache.folder, sorted(repos))),
            say("videoai models remove MODEL"),
        ),
        Share("models", say("converted models"), _size([paths.models()]), say("videoai models remove MODEL")),
        Share("jobs", say("photos and saved steps of jobs"), _size(kept), say("videoai jobs remove JOB")),
        Share("bin", say("deleted clips in the bin"), _size(in_bin), say("videoai jobs empty-bin")),
        Share("photos", say("photos added on the page"), _size([paths.photos()]), say("videoai forget")),
        Share("depths", say("depth found in photos"), _size([paths.depths()]), say("videoai doctor --free")),
        Share("leftovers", say("leftover files"), _size(leftovers()), say("videoai doctor --free")),
    ]
    return sorted(found, key=lambda share: -share.bytes)


def _binned() -> list[Job]:
    """The jobs in the bin. A history that is not there is not made; one that is unsound, its own check names."""
    if not paths.database().exists() or is_of_an_earlier_version(paths.database()):
        return []
    with suppress(VideoAiError), closing(JobStore(paths.database())) as store:
        return store.binned()
    return []


def leftovers() -> list[Path]:
    """What nobody needs: histories that were set aside, what a restore has replaced, what killed programs have left."""
    old = time.time() - _YOUNG_SECONDS
    folders = [paths.home(), *files_in(paths.jobs()), paths.photos(), paths.models(), paths.depths()]
    parts = [path for folder in folders for path in abandoned(folder)]
    moments = [path for path in files_in(paths.temporary()) if _touched(path) < old]
    return sorted({*set_aside.all_of_it(), *parts, *moments})


def spare() -> list[Path]:
    """What can go: the leftovers, and what is found anew if it is wanted."""
    return sorted({*leftovers(), *files_in(paths.depths())})


def free() -> tuple[int, list[Left]]:
    """Delete what is spare: how many bytes that gave back, and what could not be deleted."""
    found = spare()
    before, left = _size(found), list[Left]()
    clean_temporary()
    for path in found:
        if path.parent == paths.temporary():
            continue  # whose those are, only the sweep can tell
        if (stays := delete(path)) is not None and path.exists():
            left.append(stays)
    return before - _size(found), left


def _touched(path: Path) -> float:
    try:
        return path.lstat().st_mtime
    except OSError:
        return time.time()


def _size(places: Iterable[Path]) -> int:
    """Bytes of files and of all in folders, as the disk counts them; what is linked twice counts once."""
    seen: dict[tuple[int, int], int] = {}
    for place in places:
        for entry in _files(place):
            seen[entry.st_dev, entry.st_ino] = entry.st_blocks * 512
    return sum(seen.values())


def _files(place: Path) -> Iterator[os.stat_result]:
    is_folder = place.is_dir() and not place.is_symlink()
    paths_in = (os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names)
    for path in paths_in if is_folder else [str(place)]:
        with suppress(OSError):  # it has gone meanwhile, or may not be looked at
            yield os.lstat(path)
