"""Everything that is kept of the videos, in one file: the history, what the gallery shows, photos, paired devices.

The file is a ZIP archive, so that anybody can look into it, with a manifest that holds the digest of each file. It is
taken from a home in use: SQLite gives a copy of the history as it was at one moment, and all other files are written
whole or not at all. Models are not in it; they can be fetched again. Nor are the frames that are kept of a
video that is done, for finishing it anew: they are gigabytes, and the video itself can be finished.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from videoai.errors import BadInput, BadOutput, WriteFailed
from videoai.formats import FRAMES, is_frames_name
from videoai.history.folder import ERRORS, EXPORT, PUBLISHED
from videoai.history.job import DONE, Job, is_id
from videoai.history.store import JobStore
from videoai.language import say
from videoai.replacing import refusal
from videoai.system import hashing, paths, private_files
from videoai.system.files import NameTaken, part_name, whole_file, write_errors
from videoai.system.paths import files_in
from videoai.system.reasons import reason
from videoai.version import __version__

FORMAT = 1
MANIFEST = "manifest.json"
DEVICES = "devices.json"
PRESETS = "presets.json"
JOBS, PHOTOS, VIDEOS = "jobs", "photos", "videos"


@dataclass(frozen=True, slots=True)
class Backup:
    """What was put into a backup, or is in one."""

    jobs: int
    videos: int
    bytes: int
    missing: int = 0
    """Videos that were asked for, and are not where they were put."""

    def to_dict(self) -> dict[str, Any]:
        """What `backup --json` and `restore --json` print."""
        return asdict(self)


def database_name() -> str:
    """What the history is called, in the home and in a backup."""
    return paths.database().name


def back_up(store: JobStore, target: Path, *, videos: bool, replace: bool = False) -> Backup:
    """Write it all to `target`, with the published `videos` if that is wanted.

    `store` is the history, which may be in use, also by other programs. Only with `replace` a file that is there
    already is replaced. Raises BadInput, BadOutput, WriteFailed.
    """
    check_target(target, replace=replace)
    target = Path(os.path.realpath(target))  # a link to the file stays one
    with _unless_it_came(target), whole_file(target, replace=replace) as part:
        os.close(_made_private(part))  # photos of people, wherever it lies
        with _copy_of_history(store, target) as history, zipfile.ZipFile(part, "w", allowZip64=True) as archive:
            jobs = store.jobs(binned=True)
            files = dict(_added(archive, _to_keep(history)))
            found: dict[str, dict[str, Any]] = {}
            done = [job for job in jobs if job.state == DONE and job.output] if videos else []
            for job in done:
                added = dict(_added(archive, _files_of_video(job)))
                if added:
                    files |= added
                    found[job.id] = {"path": job.output, "folder": Path(str(job.output)).is_dir()}
            manifest = {
                "format": FORMAT,
                "videoai": __version__,
                "created": time.time(),
                "files": files,
                "videos": found,
            }
            archive.writestr(MANIFEST, json.dumps(manifest, indent=1))
        return Backup(len(jobs), len(found), part.stat().st_size, missing=len(done) - len(found))


@contextmanager
def _unless_it_came(target: Path) -> Iterator[None]:
    try:
        yield
    except NameTaken as error:
        raise refusal([target]) from error


def check_target(target: Path, *, replace: bool) -> None:
    """Raises BadInput or BadOutput if no backup may be written there."""
    if str(target) == "-":
        raise BadInput(
            say("The path of the file is empty."), say("Name the file to write: videoai backup videoai.zip.")
        )
    with write_errors(target):
        if target.is_dir():
            raise BadInput(
                say("{path} is a folder, but a backup is a single file.", path=target),
                say("Name a file, such as videoai.zip."),
            )
        if private_files.holds(Path(os.path.realpath(target))):
            raise BadOutput(
                say("{path} is inside the folder to back up.", path=target),
                say("Choose a place outside {folder}, ideally on another disk.", folder=paths.home()),
            )
        if target.exists() and not target.is_file():
            raise BadOutput(say("{path} is not a file.", path=target), say("Name a file, such as videoai.zip."))
        if os.path.lexists(target) and not replace:
            raise refusal([target])


def _made_private(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)


@contextmanager
def _copy_of_history(store: JobStore, target: Path) -> Iterator[Path]:
    """The history as it is at this moment, for a moment: beside `target`, as the disk of the home may be full."""
    copy = target.parent / part_name(database_name())
    try:
        with write_errors(copy):
            os.close(_made_private(copy))
        copy_history(store, copy)
        yield copy
    finally:
        copy.unlink(missing_ok=True)


def copy_history(store: JobStore, target: Path) -> None:
    """The history as it is at this moment, in a file of its own. Raises WriteFailed, HistoryDamaged."""
    with store.database.reading() as connection, closing(sqlite3.connect(target)) as copy:
        connection.execute("SELECT count(*) FROM jobs").fetchone()  # from here on it stands still
        try:
            copy.execute("PRAGMA journal_mode = MEMORY")  # no file beside it that a kill could leave
            connection.backup(copy)
        except sqlite3.OperationalError as error:
            raise WriteFailed(
                say(
                    "The history could not be copied to the folder {folder}: {reason}.",
                    folder=target.parent,
                    reason=str(error),
                ),
                say("Check that its disk has free space, then try again."),
            ) from error


def _to_keep(history: Path) -> Iterator[tuple[str, Path]]:
    yield database_name(), history
    yield DEVICES, paths.devices()
    yield PRESETS, paths.own_presets()
    for photo in files_in(paths.photos()):
        if photo.suffix == ".jpg":
            yield f"{PHOTOS}/{photo.name}", photo
    for folder in files_in(paths.jobs()):
        if not is_id(folder.name) or folder.is_symlink():
            continue
        for path in files_in(folder):
            if path.name.startswith((".", EXPORT, Path(ERRORS).stem)):
                continue
            if not (is_frames_name(path.name) and (folder / PUBLISHED).exists()):
                yield f"{JOBS}/{folder.name}/{path.name}", path


def _files_of_video(job: Job) -> Iterator[tuple[str, Path]]:
    """Under names that any archive can hold, whatever the user's own are."""
    path = Path(str(job.output))
    if not path.is_dir():
        yield f"{VIDEOS}/{job.id}/video{path.suffix.lower()}", path
        return
    for frame in sorted(path.glob(f"[0-9]*{FRAMES}")):
        if frame.stem.isascii() and frame.stem.isdecimal():
            yield f"{VIDEOS}/{job.id}/{frame.name}", frame


def _added(archive: zipfile.ZipFile, found: Iterable[tuple[str, Path]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Put these files in, and yield what the manifest says of each; what is gone by now, or no file, is left out."""
    for name, path in found:
        source = _opened(path)
        if source is not None:
            with source, archive.open(name, "w", force_zip64=True) as target:
                size, digest = hashing.copied(blocks(source, path), target)
            yield name, {"size": size, "sha256": digest}


def _opened(path: Path) -> IO[bytes] | None:
    try:
        if path.is_symlink() or not path.is_file():
            return None
        return path.open("rb")
    except (FileNotFoundError, NotADirectoryError):  # somebody deletes a job at this moment
        return None
    except OSError as error:
        raise unreadable(path, error) from error


def blocks(source: IO[bytes], path: Path) -> Iterator[bytes]:
    """What is read from `source`; its refusals are told of `path`, and not of the file that is written from it.

    Raises BadInput.
    """
    try:
        yield from hashing.blocks(source)
    except OSError as error:
        raise unreadable(path, error) from error


def unreadable(path: Path, error: OSError) -> BadInput:
    """What is said of a file that the system does not let read."""
    return BadInput(
        say("{path} could not be read: {reason}.", path=path, reason=reason(error)),
        say("Check that you have permission to read it and that its disk is connected."),
    )
