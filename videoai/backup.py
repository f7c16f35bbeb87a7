"""Everything that is kept of the videos, in one file: the history, what the gallery shows, photos, paired devices.

The file is a ZIP archive, so that anybody can look into it, with a manifest that holds the digest of each file. It is
taken from a home in use: SQLite gives a copy of the history as it was at one moment, and all other files are written
whole or not at all. Models are not in it; they can be fetched again.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import time
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from videoai import __version__, paths, temporary
from videoai.errors import BadInput, WriteFailed
from videoai.files import whole_file
from videoai.jobs.folder import ERRORS, EXPORT, files_in
from videoai.jobs.job import DONE, Job, is_id
from videoai.jobs.store import JobStore
from videoai.language import say

FORMAT = 1
MANIFEST = "manifest.json"
JOBS, PHOTOS, VIDEOS = "jobs", "photos", "videos"
_BLOCK = 1 << 20
_OTHERS = ("devices.json", "rates.json")


@dataclass(frozen=True, slots=True)
class Backup:
    """What was put into a backup, or is in one."""

    jobs: int
    videos: int
    bytes: int

    def to_dict(self) -> dict[str, Any]:
        """What `backup --json` and `restore --json` print."""
        return asdict(self)


def database_name() -> str:
    """What the history is called, in the home and in a backup."""
    return paths.database().name


def back_up(store: JobStore, target: Path, *, videos: bool) -> Backup:
    """Write it all to `target`, with the published `videos` if that is wanted.

    `store` is the history, which may be in use, also by other programs. Raises BadInput, BadOutput, WriteFailed.
    """
    if target.is_dir():
        raise BadInput(say("{path} is a folder, and a backup is one file.", path=target), say("Name one: videoai.zip."))
    with temporary.folder() as folder, whole_file(target, replace=True) as part:
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))  # photos of people, wherever it lies
        history = folder / database_name()
        copy_history(store, history)
        with zipfile.ZipFile(part, "w", zipfile.ZIP_STORED, allowZip64=True) as archive:
            files = dict(_added(archive, name, path) for name, path in _to_keep(history) if path.is_file())
            found: dict[str, dict[str, Any]] = {}
            for job in store.jobs([DONE]) if videos else ():
                for name, path in _files_of_video(job):
                    key, record = _added(archive, name, path)
                    files[key] = record
                    found[job.id] = {"path": job.output, "folder": Path(str(job.output)).is_dir()}
            manifest = {
                "format": FORMAT,
                "videoai": __version__,
                "created": time.time(),
                "files": files,
                "videos": found,
            }
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        return Backup(len(store.jobs()), len(found), part.stat().st_size)


def copy_history(store: JobStore, target: Path) -> None:
    """The history as it is at this moment, in a file of its own. Raises WriteFailed, HistoryDamaged."""
    with store.database.reading() as connection, closing(sqlite3.connect(target)) as copy:
        connection.execute("SELECT count(*) FROM jobs").fetchone()  # from here on it stands still
        try:
            connection.backup(copy)
        except sqlite3.OperationalError as error:
            raise WriteFailed(
                say("The history could not be copied: {reason}.", reason=str(error)), say("Try again in a moment.")
            ) from error


def _to_keep(history: Path) -> Iterator[tuple[str, Path]]:
    yield history.name, history
    for name in _OTHERS:
        yield name, paths.home() / name
    for photo in files_in(paths.photos()):
        if photo.suffix == ".jpg":
            yield f"{PHOTOS}/{photo.name}", photo
    for folder in files_in(paths.jobs()):
        if not is_id(folder.name) or folder.is_symlink():
            continue
        for path in files_in(folder):
            is_left_out = path.name.startswith((".", EXPORT)) or path.name == ERRORS
            if not is_left_out and not path.is_symlink() and path.is_file():
                yield f"{JOBS}/{folder.name}/{path.name}", path


def _files_of_video(job: Job) -> Iterator[tuple[str, Path]]:
    path = Path(str(job.output))
    files = sorted(path.iterdir()) if path.is_dir() else [path]
    for file in files:
        if file.is_file() and not file.is_symlink():
            yield f"{VIDEOS}/{job.id}/{file.name}", file


def _added(archive: zipfile.ZipFile, name: str, path: Path) -> tuple[str, dict[str, Any]]:
    with path.open("rb") as source, archive.open(name, "w", force_zip64=True) as target:
        size, digest = copied(source, target)
    return name, {"size": size, "sha256": digest}


def copied(source: IO[bytes], target: IO[bytes]) -> tuple[int, str]:
    """How many bytes were copied, and their SHA-256 in hexadecimal."""
    digest, size = hashlib.sha256(), 0
    while block := source.read(_BLOCK):
        digest.update(block)
        target.write(block)
        size += len(block)
    return size, digest.hexdigest()
