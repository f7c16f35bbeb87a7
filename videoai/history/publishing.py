"""From the finished file in a job's folder to the place where the user wants it, once, however often it is tried."""

from __future__ import annotations

import errno
import itertools
import json
import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

from videoai.errors import VideoAiError
from videoai.formats import SUFFIXES, published_path
from videoai.history.folder import PUBLISHED
from videoai.history.task import Submission
from videoai.language import say
from videoai.outputs import Output, copy_video, readable, under_a_name
from videoai.system import paths
from videoai.system.deleting import Left, delete, must_delete
from videoai.system.files import whole_file, write_errors
from videoai.system.hashing import sha256_of
from videoai.system.reasons import reason
from videoai.system.strict_json import read_json

_ENCODED = "video"


def encoded_name(suffix: str) -> str:
    """What a video with this ending is called in the folder of its job, until it gets the name that the user wants."""
    return f"{_ENCODED}{suffix}"


def is_encoded_name(name: str) -> bool:
    """Whether a video is called so, a folder of frames among them."""
    return name == _ENCODED or (name.startswith(_ENCODED) and name.removeprefix(_ENCODED) in SUFFIXES)


class Publication:
    """The video of the job in `folder`: encoded there first, then copied to its name.

    The name is noted before the copy is made, so that a process that was killed in between leaves no second copy.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def _encoded(self) -> Path | None:
        return next((path for path in self._folder.glob(f"{_ENCODED}*") if is_encoded_name(path.name)), None)

    def is_encoded(self) -> bool:
        """Whether an earlier process got as far as that."""
        return self._encoded() is not None

    def encode_anew(self) -> None:
        """Forget what an earlier process encoded. Raises NotDeleted."""
        if (encoded := self._encoded()) is not None:
            must_delete(encoded)

    def check_writable(self, wanted: Submission) -> None:
        """Raises BadOutput or WriteFailed if the video cannot be written where it is to go."""
        Output(wanted.output).check_writable(Path(wanted.photo), wanted.number, wanted.task.names)

    def publish(self, wanted: Submission, tell: Callable[[str], None]) -> Path:
        """Copy the encoded video to the first name that can be had, and return that; `tell` if it is another than was
        asked for.

        Raises BadOutput, WriteFailed; VideoAiError if it is gone.
        """
        source = self._encoded()
        if source is None:
            raise VideoAiError(
                say("The finished video has disappeared from its job's folder."),
                say("Start again from the photo."),
            )
        digest = sha256_of(source)
        with write_errors(source):
            noted = self.noted()
        if noted is not None and noted[1] == digest and _is_as_written(*noted, otherwise=False):
            return noted[0]

        def copy(name: Path, replace: bool) -> Path:
            target = published_path(name)
            self._note(target, digest)
            copy_video(source, target, replace=replace)
            return target

        output, named = Output(wanted.output), (Path(wanted.photo), wanted.number, wanted.task.names)
        path = under_a_name(output.names(*named, overwrite=wanted.overwrite), copy)
        for notice in output.beside(path, *named):
            tell(notice)
        return path

    def put_back(self, source: Path, wanted: Path) -> Path:
        """Copy the video `source`, out of a backup, to a free name in the outputs folder, its own if it was in there.

        It stays where it is if it is there. Raises BadOutput, WriteFailed.
        """
        digest = sha256_of(source)
        if _is_as_written(wanted, digest, otherwise=False):
            return wanted

        def copy(name: Path, replace: bool) -> Path:
            self._note(name, digest)
            copy_video(source, name, replace=replace)
            return name

        return under_a_name(_names_for(wanted), copy)

    def withdraw(self) -> tuple[bool, Left | None]:
        """Remove the published video, if it is still there as it was written: whether it is gone, and what is left."""
        path = self._folder / PUBLISHED
        try:
            noted = self.noted()
            if noted is None:
                return False, None
            path, digest = noted
            ours = _is_as_written(path, digest)
        except OSError as error:  # it cannot be looked at: there may be a video, and it may be ours
            return False, Left(path, reason(error))
        left = delete(path) if ours else None
        return ours and left is None, left

    def place(self) -> Path | None:
        """Where the video was put, or was about to be, as far as that can be read now."""
        try:
            noted = self.noted()
        except OSError:
            return None
        return None if noted is None else noted[0]

    def noted(self) -> tuple[Path, str] | None:
        """Where the video was put, or was about to be, and its digest; None if it did not get that far.

        Raises OSError if that cannot be read now.
        """
        try:
            path, digest = read_json((self._folder / PUBLISHED).read_text("utf-8"), names_files=True)
            return Path(path), str(digest)
        except (FileNotFoundError, NotADirectoryError, ValueError, TypeError):
            return None  # it is written whole: what is no note of ours says nothing

    def _note(self, target: Path, digest: str) -> None:
        with whole_file(self._folder / PUBLISHED, replace=True) as part:
            part.write_text(json.dumps([str(target.absolute()), digest]), "utf-8")


def _names_for(wanted: Path) -> Iterator[tuple[Path, bool]]:
    """Whatever a backup says, nothing is written anywhere else."""
    outputs = paths.outputs()
    folder = Path(os.path.realpath(wanted.parent))
    if folder.is_relative_to(os.path.realpath(outputs)) and os.access(folder, os.W_OK | os.X_OK):
        yield wanted, False
    stem = readable(wanted.stem)
    for count in itertools.count(1):
        yield outputs / f"{stem}{'' if count == 1 else f'-{count}'}{wanted.suffix}", False


def _is_as_written(path: Path, digest: str, *, otherwise: bool | None = None) -> bool:
    """Whether what is at `path` is the video with this digest; if that cannot be told, `otherwise`, or OSError."""
    try:
        return _is_video(path) and sha256_of(path) == digest
    except OSError:
        if otherwise is None:
            raise
        return otherwise


def _is_video(path: Path) -> bool:
    """Whether there is a file, or a folder of nothing but files. Raises OSError if that cannot be told."""
    try:
        mode = path.stat().st_mode
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return False
    except OSError as error:
        if error.errno == errno.ELOOP:
            return False
        raise
    if not stat.S_ISDIR(mode):
        return stat.S_ISREG(mode)
    with os.scandir(path) as entries:
        return all(entry.is_file() for entry in entries)
