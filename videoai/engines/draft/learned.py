"""How near each pixel of a photo is, as a network sees it: found in a process of its own, once a photo."""

from __future__ import annotations

import subprocess
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from videoai.engines.draft import learned_process, remembered
from videoai.errors import NotEnoughMemory, VideoAiError, from_dict
from videoai.events import Map, Pixels
from videoai.language import say
from videoai.system import paths, private_files, processes, temporary
from videoai.system.deaths import Watch
from videoai.system.deleting import delete
from videoai.system.files import write_errors
from videoai.system.messages import Failed, read_all
from videoai.system.reasons import reason

CHILD = "videoai.engines.draft.learned_process"

SIDE = 336
"""Pixels of the side that a photo is brought to for the network: at 518, which it was trained with, it takes twice as
long, and finds detail that a camera's move does not show."""

_PATCH = 14
MOST_PATCHES = 1050
"""Of a photo at that size; memory and time grow with them. One of 16:9 has 1032; a longer one gets smaller."""

_LOOKS = 0.1
"""Seconds between two looks at the process, and two moments in which whoever waits is heard."""

_TAIL = 2000
"""Characters of what the process last printed that are looked at to tell why it died."""


def learned_disparity(photo: Pixels, weights: Path, numbers: str = "fp32") -> Map:
    """`finding`, for who only waits for it."""
    found = finding(photo, weights, numbers)
    while True:
        try:
            next(found)
        except StopIteration as end:
            near: Map = end.value
            return near


def finding(
    photo: Pixels, weights: Path, numbers: str = "fp32", scratch: Path | None = None
) -> Generator[None, None, Map]:
    """How near each pixel of (height, width, 3) is: (height, width), 0 for the furthest, 1 for the nearest.

    Yields every tenth of a second until it is known; closed before that, it ends the process that finds it. What was
    found before is known at once. `weights` are the network's file, `numbers` the type that it computes in, `scratch`
    is a folder for files that are not kept. Raises VideoAiError.
    """
    try:
        name = remembered.name_of(photo, weights, SIDE, numbers)
    except OSError as error:
        raise VideoAiError(
            say("{path} cannot be read: {reason}.", path=weights.name, reason=reason(error)),
            say("Download it again: videoai models pull depth"),
        ) from error
    known = remembered.recall(name)
    if known is not None and known.shape == photo.shape[:2]:
        return known
    with _folder_in(scratch) as folder:
        with write_errors(folder):
            np.save(folder / learned_process.PHOTO, photo)
        side = side_for(*photo.shape[:2])
        yield from _asked(folder, str(weights), str(side), numbers)
        found = folder / learned_process.DEPTH
        try:
            near = remembered.read(found)
        except ValueError as error:
            raise VideoAiError(say("The process ended too early without giving a reason.")) from error
        remembered.keep(name, found)
        return near


@contextmanager
def _folder_in(scratch: Path | None) -> Iterator[Path]:
    """A folder for the photo and its depth. What a kill leaves of one in `scratch`, goes with that."""
    if scratch is None:
        with temporary.folder() as folder:
            yield folder
        return
    folder = scratch / "depth"
    with write_errors(folder):
        private_files.make_folder(folder)
    try:
        yield folder
    finally:
        delete(folder)


def side_for(height: int, width: int) -> int:
    """What the shorter side of a photo becomes, so that it has no more than MOST_PATCHES: a multiple of the patch."""
    shape = max(height, width) / min(height, width)
    side = SIDE
    while side > _PATCH and (side // _PATCH) * round(side * shape / _PATCH) > MOST_PATCHES:
        side -= _PATCH
    return side


def _asked(folder: Path, *words: str) -> Generator[None]:
    """Until the process has put the depth into the folder. Raises VideoAiError if it could not."""
    watch = Watch.start(folders=[folder])
    with write_errors(paths.temporary()):
        errors = temporary.file()
    with errors:
        try:
            process = processes.start(CHILD, str(folder), *words, errors=errors)
        except OSError as error:
            raise VideoAiError(say("Its process doesn't start: {reason}.", reason=reason(error))) from error
        try:
            yield from _waited(process)
            said = [] if process.stdout is None else list(read_all(process.stdout))
        finally:
            process.kill()
            process.wait()
            processes.close_pipes(process)
        if failed := next((each for each in said if isinstance(each, Failed)), None):
            raise from_dict(failed.error)
        if process.returncode:
            errors.seek(0)
            tail = errors.read().decode("utf-8", "replace")[-_TAIL:]
            death = watch.explain(process.returncode, tail, programs=list)
            raise (NotEnoughMemory if death.memory else VideoAiError)(death.message, death.hint)


def _waited(process: subprocess.Popen[bytes]) -> Generator[None]:
    """Until it has ended. What it says meanwhile is a line at most, for which the pipe has room."""
    while True:
        try:
            process.wait(_LOOKS)
        except subprocess.TimeoutExpired:
            yield
        else:
            return
