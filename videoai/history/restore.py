"""A backup becomes the home again: checked as a whole first, then put in the place of what is there, which is kept.

Nothing is changed before all of the backup lies unpacked and checked in the home's temporary folder. Then that folder
gets, by one renaming, the name that says what is under way, and each part of it is moved out and in by renaming; a
program that is killed in between is followed by one that brings it to its end.
"""

from __future__ import annotations

import os
import re
import sqlite3
import time
import zipfile
import zlib
from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from videoai.errors import BadInput, HistoryDamaged
from videoai.formats import FRAMES, MOVIES, PICTURES
from videoai.history import bin
from videoai.history.backup import (
    DEVICES,
    FORMAT,
    JOBS,
    MANIFEST,
    PHOTOS,
    PRESETS,
    VIDEOS,
    Backup,
    blocks,
    database_name,
    unreadable,
)
from videoai.history.job import is_id
from videoai.history.publishing import Publication
from videoai.history.store import JobStore
from videoai.language import say
from videoai.system import hashing, paths, private_files
from videoai.system.deleting import delete
from videoai.system.files import need_space, write_errors
from videoai.system.paths import files_in
from videoai.system.set_aside import for_replaced, is_for_replaced
from videoai.system.strict_json import read_json

_UNDER_WAY = "videoai.restoring"
"""The folder below the home that replaces what is there: all of it is in there, or in its place already."""
_ASIDE = "aside"
"""The file in it that says where what was there before goes."""

_PARTS = (database_name(), JOBS, PHOTOS, DEVICES, PRESETS)
"""What a backup takes the place of, the history first."""
_NAME = re.compile(
    r"videoai\.sqlite3|devices\.json|presets\.json|rates\.json|photos/[0-9a-z]{1,32}\.jpg|jobs/[0-9a-z]{14}/[\w-][\w.-]{0,80}"
    r"|videos/[0-9a-z]{14}/[^/\\\0]{1,255}"
)
"""What a backup may hold; nothing in it can lie anywhere else."""
_PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
"""We store; a ZIP program that somebody has packed it again with deflates."""
_MOST_MANIFEST = 200_000_000
_LONGEST_PATH = 4096
_HINT = say("Use a file made by “videoai backup”.")


@dataclass(frozen=True, slots=True)
class _File:
    """What the manifest says of one file."""

    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class BackedUpVideo:
    """Where a job's video was, in a `folder` of frames or a file."""

    path: Path
    folder: bool


@dataclass(frozen=True, slots=True)
class BackupManifest:
    """What is in a backup: its files by their names in it, and its videos by their jobs' ids."""

    files: Mapping[str, _File]
    videos: Mapping[str, BackedUpVideo]

    @classmethod
    def read(cls, data: bytes, file: Path) -> BackupManifest:
        """Raises ValueError, TypeError and KeyError for what is none; BadInput if `file` is of a newer version."""
        told = read_json(data, names_files=True)
        if int(told["format"]) > FORMAT:
            raise BadInput(
                say("{path} was made by a newer version of VideoAi.", path=file),
                say("Update VideoAi, then restore it."),
            )
        files = {name: _File(int(file["size"]), str(file["sha256"])) for name, file in dict(told["files"]).items()}
        videos = {
            id: BackedUpVideo(_path(row["path"]), bool(row["folder"])) for id, row in dict(told["videos"]).items()
        }
        if database_name() not in files or not all(map(_NAME.fullmatch, files)) or not all(map(is_id, videos)):
            raise ValueError("it holds what no backup holds")
        if any(".." in name.split("/") for name in files):
            raise ValueError("it leads out of its folder")
        return cls(files, videos)


def _path(told: Any) -> Path:
    if not isinstance(told, str) or "\0" in told or not 0 < len(os.fsencode(told)) <= _LONGEST_PATH:
        raise ValueError("it is no path")
    return Path(told)


def unpack(file: Path, folder: Path) -> tuple[Backup, BackupManifest]:
    """Lay all of a backup into an empty `folder`, each file compared with its digest; its manifest comes with it.

    Raises BadInput for what is no backup, is damaged, or is of a newer version; WriteFailed.
    """
    check_source(file)
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest_of(archive, file)
            size = sum(record.size for record in manifest.files.values())
            need_space(folder, size, say("The backup"), say("Free some space."))
            for name, record in manifest.files.items():
                if archive.getinfo(name).compress_type not in _PACKED:
                    raise _damaged(file, say("it is compressed in a way that VideoAi cannot read"))
                _lay(archive, name, record, folder / name, file)
    except (zipfile.BadZipFile, zlib.error, KeyError, TypeError, ValueError, EOFError, RuntimeError) as error:
        raise _damaged(file, say("it is not an archive, or it is incomplete")) from error
    except FileNotFoundError:
        raise BadInput(say("There is no file {path}.", path=file), _HINT) from None
    except OSError as error:
        raise unreadable(file, error) from error
    _make_whole(folder)
    return Backup(_check_history(folder, file), len(manifest.videos), file.stat().st_size), manifest


def check_source(file: Path) -> None:
    """Raises BadInput for what cannot be a backup, and for what reading would wait on."""
    if str(file) == "-":
        raise BadInput(say("The path of the file is empty."), _HINT)
    if file.exists() and not file.is_file():
        raise BadInput(say("{path} is not a file.", path=file), _HINT)


def _manifest_of(archive: zipfile.ZipFile, file: Path) -> BackupManifest:
    member = archive.getinfo(MANIFEST)
    if member.file_size > _MOST_MANIFEST or member.compress_type not in _PACKED:
        raise _damaged(file, say("its manifest is too large"))
    return BackupManifest.read(archive.read(member), file)


def _lay(archive: zipfile.ZipFile, name: str, record: _File, target: Path, file: Path) -> None:
    with write_errors(target):
        private_files.make_folder(target.parent)
        with archive.open(name) as source, private_files.create(target) as out:
            found = hashing.copied(blocks(source, file), out)
    if found != (record.size, record.sha256):
        raise _damaged(file, say("{name} has been altered", name=name))


def _make_whole(folder: Path) -> None:
    """All that is put in the place of something is there, if empty."""
    for name in (JOBS, PHOTOS):
        private_files.make_folder(folder / name)
    if not (folder / DEVICES).exists():
        (folder / DEVICES).write_text('{"devices": []}', "utf-8")


def _check_history(folder: Path, file: Path) -> int:
    """How many jobs it has. What was in a program's hands at the moment of the backup waits, or is stopped; what was in
    the bin has its whole time there again."""
    try:
        with closing(JobStore(folder / database_name())) as store:
            store.check()
            store.leases.forget_owners()
            bin.begin_anew(store, time.time())
            return len(store.jobs(binned=True))
    except (sqlite3.DatabaseError, HistoryDamaged) as error:
        raise _damaged(file, say("its history cannot be read")) from error


def _damaged(file: Path, reason: str) -> BadInput:
    return BadInput(say("{path} cannot be restored: {reason}.", path=file, reason=reason), _HINT)


def check_home(*, replace: bool) -> None:
    """Raises BadInput if there is something in the home that a restore takes the place of, unless that is wanted."""
    if not replace and any(_is_something(paths.home() / name) for name in _PARTS):
        raise BadInput(
            say("There is already a history here."),
            say("Use --replace to restore the backup anyway: your current data is set aside."),
        )


def _is_something(path: Path) -> bool:
    """A history without jobs is nothing: looking makes one."""
    if path.name == database_name():
        return False  # what it lists has a folder each
    return bool(files_in(path)) if path.is_dir() else path.exists()


def replace_home(new: Path) -> Path | None:
    """Put what is in `new` in the place of what is in the home; where that is now. The history must be held alone."""
    if is_under_way():
        finish()  # one that was killed
    home, aside = paths.home(), for_replaced()
    with write_errors(home / _UNDER_WAY):
        (new / _ASIDE).write_text(aside.name, "utf-8")
        os.sync()  # all that was unpacked is on the disk before anything is said to be under way
        new.rename(home / _UNDER_WAY)
    finish()
    if files_in(aside):
        return aside
    delete(aside)
    return None


def is_under_way() -> bool:
    """Whether a restore was begun, and not brought to its end."""
    return (paths.home() / _UNDER_WAY / _ASIDE).exists()


def finish() -> None:
    """Bring a restore that was begun to its end. The history must be held alone. Raises WriteFailed, BadOutput."""
    home, new = paths.home(), paths.home() / _UNDER_WAY
    with write_errors(new):
        aside = _noted_aside(new)
        private_files.make_folder(aside)
        history = database_name()
        for name in (f"{history}-wal", f"{history}-shm"):
            if (new / history).exists() and (home / name).exists():  # of the history that is moved out
                (home / name).rename(aside / name)
        for name in _PARTS:
            if not (new / name).exists():
                continue  # it is in its place already
            if (home / name).exists():
                (home / name).rename(aside / name)
            (new / name).rename(home / name)
    for path in files_in(new):
        if path.name != _ASIDE:  # as long as that is there, this goes on after a kill
            delete(path)
    delete(new)


def _noted_aside(new: Path) -> Path:
    """A note that somebody else has written leads nowhere."""
    name = (new / _ASIDE).read_text("utf-8", errors="replace")
    return paths.home() / name if is_for_replaced(name) else for_replaced()


def put_videos_back(new: Path, manifest: BackupManifest) -> None:
    """Give the videos of a backup, unpacked in `new`, their places in the outputs folder, or others that are free.

    Raises WriteFailed, BadOutput.
    """
    with closing(JobStore(new / database_name())) as store:
        for id, video in manifest.videos.items():
            files = sorted((new / VIDEOS / id).iterdir()) if (new / VIDEOS / id).is_dir() else []
            if not files or not _is_of_a_video(files, video):
                raise BadInput(
                    say("The backup cannot be restored: {reason}.", reason=say("{name} is not a video", name=id)), _HINT
                )
            source = new / VIDEOS / id if video.folder else files[0]
            store.moved(id, str(Publication(new / JOBS / id).put_back(source, video.path)))


def _is_of_a_video(files: list[Path], video: BackedUpVideo) -> bool:
    """Whether nothing but a video would be written."""
    if video.folder:
        return all(file.suffix.lower() == FRAMES for file in files)
    return len(files) == 1 and {files[0].suffix.lower(), video.path.suffix.lower()} <= {*MOVIES, *PICTURES}
