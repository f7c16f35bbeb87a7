"""Whether what is to be written may take the place of what is there: never the photo's, and only of its own kind."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path

from videoai.errors import BadOutput
from videoai.formats import FRAMES, published_path
from videoai.language import say

_FRAME = re.compile(rf"\d{{4,}}{re.escape(FRAMES)}")


def takes_place_of(path: Path, photo: Path) -> bool:
    """Whether a video called `path` would replace the photo, by whatever name: a link, other capitals, the folder that
    it is in."""
    if is_same(path, photo):
        return True
    target = published_path(path)
    return target != path and any(is_same(target, place) for place in (photo, *photo.absolute().parents))


def is_same(path: Path, other: Path) -> bool:
    """Whether both are names of one file; not if either is not there any more."""
    try:
        return path.samefile(other)
    except (OSError, ValueError):
        return False


def is_empty(path: Path) -> bool:
    """Whether there is a folder with nothing in it, and no link to one."""
    try:
        return not path.is_symlink() and path.is_dir() and not os.listdir(path)
    except OSError:
        return False


def is_replaceable(target: Path, *, folder: bool) -> bool:
    """Whether what is at `target` is of the kind of what replaces it: a file, or a `folder` of nothing but frames. Of
    a link, that is replaced, and not what it leads to."""
    if not folder:
        return target.is_file() or target.is_symlink()
    try:
        with os.scandir(target) as entries:
            frames = all(_FRAME.fullmatch(entry.name) and entry.is_file(follow_symlinks=False) for entry in entries)
        return frames and not target.is_symlink()
    except OSError:
        return False


def check_replaceable(target: Path, *, folder: bool) -> None:
    """Raises BadOutput for what stays, whoever agrees to its being replaced."""
    if not is_replaceable(target, folder=folder):
        raise BadOutput(
            say("{path} is not a folder of frames alone and was left as it is.", path=target)
            if folder
            else say("{path} is not a file and was left as it is.", path=target),
            say("Choose another name."),
        )


def refusal(there: Sequence[Path]) -> BadOutput:
    """What to say of files that nobody has agreed to replace."""
    if len(there) == 1:
        return BadOutput(
            say("{path} already exists and was left as it is.", path=there[0]),
            say("Choose another name, or add --overwrite to replace it."),
        )
    return BadOutput(
        say(
            "{count} files already exist and were left as they are, {path} among them.", count=len(there), path=there[0]
        ),
        say("Choose other names, add --overwrite to replace them, or --no-overwrite to skip them."),
    )


def refusal_to_program(path: Path) -> BadOutput:
    """The same, of one, to whoever calls from Python."""
    return BadOutput(
        say("{path} already exists and was left as it is.", path=path),
        say("Choose another name, or pass overwrite=True to replace it."),
    )


def came_between(asked: Path, written: Path) -> tuple[str, ...]:
    """What to say where a file has come to the place that was `asked` for, before anything was `written` there."""
    if asked.absolute() == written.absolute():
        return ()
    return (say("{path} exists by now and was left as it is, so this is {name}.", path=asked, name=written.name),)
