"""A backup becomes the home again: checked as a whole first, then put in the place of what is there, which is kept.

Nothing is changed before all of the backup lies unpacked and checked beside the home. Then each part is moved out and
in by renaming; a note says what is under way, so that a program that is killed in between is followed by one that
brings it to its end.
"""

from __future__ import annotations

import json
import re
import sqlite3
import time
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from videoai import paths, private
from videoai.backup import FORMAT, JOBS, MANIFEST, PHOTOS, VIDEOS, Backup, copied, database_name
from videoai.deleting import delete
from videoai.errors import BadInput, VideoAiError
from videoai.files import need_space, whole_file, write_errors
from videoai.jobs.job import is_id
from videoai.jobs.publishing import Publication
from videoai.jobs.store import JobStore
from videoai.language import say
from videoai.stored import read_json

_NOTE = "restoring.json"
_NAME = re.compile(
    r"videoai\.sqlite3|devices\.json|rates\.json|photos/[0-9a-z]{1,32}\.jpg|jobs/[0-9a-z]{14}/[\w-][\w.-]{0,80}"
    r"|videos/[0-9a-z]{14}/[^/\\\0]{1,255}"
)
"""What a backup may hold; nothing in it can lie anywhere else."""
_MOST_MANIFEST = 200_000_000
_HINT = say("Give a file that “videoai backup” has written.")


def unpack(file: Path, folder: Path) -> tuple[Backup, dict[str, Any]]:
    """Lay all of a backup into an empty `folder`, each file compared with its digest; its manifest comes with it.

    Raises BadInput for what is no backup, is damaged, or is of a newer version; WriteFailed.
    """
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = _manifest_of(archive, file)
            files: Mapping[str, Any] = manifest["files"]
            need_space(
                folder, sum(record["size"] for record in files.values()), say("The backup"), say("Free some space.")
            )
            for name, record in files.items():
                target = folder / name
                with write_errors(target):
                    private.make_folder(target.parent)
                    with archive.open(name) as source, private.create(target) as out:
                        found = copied(source, out)
                if found != (record["size"], record["sha256"]):
                    raise _damaged(file, say("{name} is not as it was", name=name))
    except (zipfile.BadZipFile, KeyError, TypeError, ValueError, EOFError, NotImplementedError, RuntimeError) as error:
        raise _damaged(file, say("it is no archive, or not whole")) from error
    except FileNotFoundError:
        raise BadInput(say("There is no file {path}.", path=file), _HINT) from None
    _make_whole(folder)
    return Backup(_check_history(folder, file), len(manifest["videos"]), file.stat().st_size), manifest


def _manifest_of(archive: zipfile.ZipFile, file: Path) -> dict[str, Any]:
    if archive.getinfo(MANIFEST).file_size > _MOST_MANIFEST:
        raise _damaged(file, say("its manifest is too large"))
    manifest: dict[str, Any] = read_json(archive.read(MANIFEST), names_files=True)
    if int(manifest["format"]) > FORMAT:
        raise BadInput(
            say("{path} was made by a newer version of VideoAi.", path=file), say("Update VideoAi, then restore it.")
        )
    strange = [name for name in manifest["files"] if not _NAME.fullmatch(name) or ".." in name.split("/")]
    if strange or database_name() not in manifest["files"] or not isinstance(manifest["videos"], dict):
        raise _damaged(file, say("it holds what no backup holds"))
    return manifest


def _make_whole(folder: Path) -> None:
    """All that is put in the place of something is there, if empty."""
    for name in (JOBS, PHOTOS):
        private.make_folder(folder / name)
    if not (folder / "devices.json").exists():
        (folder / "devices.json").write_text('{"devices": []}', "utf-8")


def _check_history(folder: Path, file: Path) -> int:
    """How many jobs it has. What was running at the moment of the backup waits."""
    try:
        with closing(sqlite3.connect(folder / database_name())) as connection, connection:
            connection.execute(
                "UPDATE jobs SET state = 'queued', owner_pid = NULL, owner_started = NULL, lease_until = NULL "
                "WHERE state = 'running'"
            )
        with closing(JobStore(folder / database_name())) as store:
            store.check()
            return len(store.jobs())
    except (sqlite3.Error, VideoAiError) as error:
        raise _damaged(file, say("its history cannot be read")) from error


def _damaged(file: Path, reason: str) -> BadInput:
    return BadInput(say("{path} cannot be restored: {reason}.", path=file, reason=reason), _HINT)


def replace_home(new: Path) -> Path:
    """Put what is in `new` in the place of what is in the home; where that is now. The history must be held alone."""
    aside = paths.home() / f"before-restore-{time.strftime('%Y%m%d-%H%M%S')}-{time.time_ns() % 10**6:06}"
    with whole_file(paths.home() / _NOTE, replace=True) as part:
        part.write_text(json.dumps({"new": new.name, "aside": aside.name}), "utf-8")
    finish()
    return aside


@contextmanager
def unpacked_folder() -> Iterator[Path]:
    """A folder beside what it will replace, which goes when the block ends. Raises WriteFailed."""
    folder = paths.home() / f"restoring-{time.time_ns()}"
    with write_errors(folder):
        private.make_folder(folder)
    try:
        yield folder
    finally:
        delete(folder)


def is_under_way() -> bool:
    """Whether a restore was begun, and not brought to its end."""
    return (paths.home() / _NOTE).exists()


def finish() -> None:
    """Bring a restore that was begun to its end. The history must be held alone. Raises WriteFailed, BadOutput."""
    home, note = paths.home(), paths.home() / _NOTE
    with write_errors(note):
        told = read_json(note.read_text("utf-8"))
        new, aside = home / Path(str(told["new"])).name, home / Path(str(told["aside"])).name
        private.make_folder(aside)
        history = database_name()
        for name in (f"{history}-wal", f"{history}-shm"):
            if (new / history).exists() and (home / name).exists():  # of the history that is moved out
                (home / name).rename(aside / name)
        for name in (history, JOBS, PHOTOS, "devices.json"):
            if not (new / name).exists():
                continue  # it is in its place already
            if (home / name).exists():
                (home / name).rename(aside / name)
            (new / name).rename(home / name)
    delete(note)
    delete(new)


def put_videos_back(new: Path, manifest: Mapping[str, Any]) -> None:
    """Give the videos of a backup, unpacked in `new`, their places, or others where those are taken.

    Raises WriteFailed, BadOutput.
    """
    with closing(JobStore(new / database_name())) as store:
        for id, row in manifest["videos"].items():
            files = sorted((new / VIDEOS / id).iterdir()) if is_id(id) and (new / VIDEOS / id).is_dir() else []
            if not files:
                continue
            source = new / VIDEOS / id if row["folder"] else files[0]
            store.moved(id, str(Publication(new / JOBS / id).put_back(source, Path(row["path"]))))
