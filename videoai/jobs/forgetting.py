"""Deleting everything that was made: the history, the photos, and the videos that are as they were written."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from videoai import paths
from videoai.files import write_errors
from videoai.jobs.job import DONE
from videoai.jobs.publishing import Publication
from videoai.jobs.store import JobStore


@dataclass(slots=True)
class Forgotten:
    """How much was deleted. `kept` are videos that were not: changed since, or nothing says that they are ours."""

    jobs: int = 0
    videos: int = 0
    photos: int = 0
    kept: list[str] = field(default_factory=list)

    def to_dict(self) -> dict[str, Any]:
        """The JSON shape of the command line and the web API."""
        return {"jobs": self.jobs, "videos": self.videos, "photos": self.photos, "kept": self.kept}


def forget_everything(store: JobStore) -> Forgotten:
    """Delete it all; models stay, and what is known of the machine's speed. Raises JobConflict, WriteFailed, BadOutput.

    While a video is being made nothing is deleted. What is in the files is overwritten nowhere: that is the disk's.
    """
    jobs = store.forget()
    gone = Forgotten(jobs=len(jobs))
    folders = [path for path in _within(paths.jobs()) if path.is_dir() and not path.is_symlink()]
    for folder in folders:
        publication = Publication(folder)
        video = publication.published()
        if publication.withdraw():
            gone.videos += 1
        elif video is not None and video.exists():
            gone.kept.append(str(video))
    unknown = {job.output for job in jobs if job.state == DONE and job.output and Path(job.output).exists()}
    gone.kept += sorted(unknown - set(gone.kept))
    gone.photos = sum(path.suffix == ".jpg" for path in _within(paths.photos()))
    for path in (paths.jobs(), paths.photos(), *paths.home().glob(f"{paths.database().stem}-damaged-*")):
        with write_errors(path):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
    store.shrink()
    return gone


def _within(folder: Path) -> list[Path]:
    return list(folder.iterdir()) if folder.is_dir() else []
