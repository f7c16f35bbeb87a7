"""The photos that a call names: by themselves, by folders, and by patterns that the shell has left as they are."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from videoai.errors import BadPhoto
from videoai.language import say
from videoai.media.photo import SUFFIXES
from videoai.system import paths
from videoai.system.paths import expanded

STDIN = "-"
SPOOLED = "photo"
"""What a photo from standard input is called, in a folder of `temporary`."""


def name_of(photo: Path) -> str:
    """What the photo of this path was called by whoever asked for its video: one from standard input is in no place
    that says anything to anybody."""
    return STDIN if photo.name == SPOOLED and photo.parent.parent == paths.temporary() else str(photo)


def photos_of(names: Sequence[str]) -> list[Path]:
    """The photos named, those in the folders named, and those that match a pattern: each in the order of its names.

    Raises BadPhoto where there are none.
    """
    return [photo for name in names for photo in _photos(name)]


def _photos(name: str) -> list[Path]:
    path = Path(name)
    if os.path.isdir(name):  # which a name that is too long is not
        if found := list(_within(path)):
            return found
        raise BadPhoto(say("There are no photos in {folder}.", folder=path), _hint())
    if glob.has_magic(name) and not os.path.lexists(name):  # a file may be called “a[1].jpg”
        matches = [Path(match) for match in sorted(glob.glob(str(expanded(name)), recursive=True))]
        if found := [photo for match in matches for photo in (_within(match) if match.is_dir() else _if_photo(match))]:
            return list(dict.fromkeys(found))  # “**” finds a folder, and what is in it
        raise BadPhoto(say("No photo matches {pattern}.", pattern=name), _hint())
    return [path]


def _within(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if not path.name.startswith("."):
            yield from _if_photo(path)


def _if_photo(path: Path) -> Iterator[Path]:
    if path.suffix.lower() in SUFFIXES:
        yield path


def _hint() -> str:
    return say("VideoAi reads files that end in {names}.", names=", ".join(SUFFIXES))
