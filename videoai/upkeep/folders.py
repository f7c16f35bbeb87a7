"""Whether the program's folders are what it needs them to be, found out by doing there what it does: a file is
written, made safe on the disk and deleted."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from videoai.config.document import config_path
from videoai.errors import VideoAiError
from videoai.language import joined, say
from videoai.models.hub import cache
from videoai.system import paths, private_files
from videoai.system.files import part_name, sync, sync_names
from videoai.system.machine import Pressure
from videoai.system.reasons import is_full, reason
from videoai.upkeep.check import Check

_BYTES = 64 << 10
"""So many are written: more than a file system keeps beside a name."""

_GROUP = "folder-"
"""What the ids of these checks begin with."""


@dataclass(frozen=True, slots=True)
class _Tried:
    """A folder of the program, what it is for, what chooses another, and how bad it is if it cannot be used."""

    id: str
    title: str
    find: Callable[[], Path]
    remedy: str
    status: Pressure = "red"


_HOME = say("Set VIDEOAI_HOME to a folder you can write to.")
_HUB = say("Set HF_HOME to a folder you can write to.")

_PLACES = (
    _Tried("home", say("history"), paths.home, _HOME),
    _Tried("jobs", say("jobs"), paths.jobs, _HOME),
    _Tried("temporary", say("temporary files"), paths.temporary, _HOME),
    _Tried("videos", say("videos"), paths.outputs, say("Set VIDEOAI_OUTPUTS to a folder you can write to.")),
    # What is there already can be used all the same.
    _Tried("models", say("converted models"), paths.models, _HOME, "yellow"),
    _Tried("downloads", say("downloaded models"), cache.root, _HUB, "yellow"),
    _Tried(
        "config",
        say("configuration"),
        lambda: config_path().parent,
        say("Set VIDEOAI_CONFIG to a file in a folder you can write to."),
        "yellow",
    ),
)


_IN_HOME = [f"{_GROUP}{id}" for id in ("jobs", "temporary", "models")]


def folder_checks() -> Iterator[Check]:
    """One for each folder, tried. What is not there is made and goes again."""
    for place in _PLACES:
        try:
            folder = place.find()
        except VideoAiError as error:
            yield Check(f"{_GROUP}{place.id}", say("Folders"), place.status, error.message, error.hint)
            continue
        if place.id == "config" and config_path().exists() and not config_path().is_file():
            continue  # /dev/null, for instance: there is none
        yield _check(place, folder)


def in_one_line(checks: Sequence[Check]) -> list[Check]:
    """As people are told: the folders that can be used together, and nothing of those in a home that cannot."""
    good = [check for check in checks if check.id.startswith(_GROUP) and check.status == "green"]
    bad = {check.id for check in checks if check.id.startswith(_GROUP)} - {check.id for check in good}
    left_out = {*_IN_HOME} & bad if _GROUP + "home" in bad else set[str]()
    told = say(
        "tried, files can be written and deleted: {folders}", folders=joined(", ", [one.message for one in good])
    )
    return [
        Check("folders", check.name, "green", told) if good and check is good[0] else check
        for check in checks
        if check not in good[1:] and check.id not in left_out
    ]


def _check(place: _Tried, folder: Path) -> Check:
    trouble = _trouble(folder)
    if trouble is None:
        return Check(f"{_GROUP}{place.id}", say("Folders"), "green", place.title)
    verb, error = trouble
    told = say(
        "{what}: VideoAi cannot {do} in the folder {folder}: {reason}.",
        what=place.title,
        do=verb,
        folder=folder,
        reason=reason(error),
    )
    hint = say("Free some space on its disk. {remedy}", remedy=place.remedy) if is_full(error) else place.remedy
    return Check(f"{_GROUP}{place.id}", say("Folders"), place.status, told, hint)


def _trouble(folder: Path) -> tuple[str, OSError] | None:
    """What cannot be done in a folder, if anything cannot, and why."""
    missing = [place for place in (folder, *folder.parents) if not os.path.lexists(place)]
    file = folder / part_name("doctor")  # what a kill leaves of it is swept up by the next writer there
    doing = say("make folders") if missing else say("write files")
    try:
        private_files.make_folder(folder)
        doing = say("write files")
        _write(file)
        doing = say("make files safe on the disk")
        sync(file)
        sync_names(folder)
        doing = say("delete files")
        file.unlink()
    except OSError as error:
        return doing, error
    finally:
        with suppress(OSError):
            file.unlink(missing_ok=True)
        for place in missing:
            with suppress(OSError):  # another program has put something there meanwhile
                place.rmdir()
    return None


def _write(path: Path) -> None:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with os.fdopen(os.open(path, flags, private_files.mode(path, 0o666)), "wb") as file:
        file.write(bytes(_BYTES))
