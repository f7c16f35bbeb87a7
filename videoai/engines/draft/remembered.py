"""The depths that the network has found, remembered: a small file for each photo, of which the latest are kept.

They show the outlines of what is in a photo, so they lie in the program's own folder and go with the photo's job,
after a day without use, with everything (videoai forget), and when somebody frees the disk (videoai doctor --free).
"""

from __future__ import annotations

import hashlib
import os
import shutil
import time
import zipfile
import zlib
from contextlib import suppress
from pathlib import Path

import numpy as np

from videoai.errors import VideoAiError
from videoai.events import Map, Pixels
from videoai.system import paths
from videoai.system.deleting import delete
from videoai.system.files import whole_file
from videoai.system.paths import files_in

_FORMAT = 1
"""Of the files, and of what the network and the way to it give: another number, and none of before is used."""

_MOST, _MOST_BYTES = 64, 64_000_000
"""So many files, and bytes of all of them."""

_SECONDS = 86400.0
"""How long one stays that is not used."""

_STEPS = 65535
"""Depths are whole numbers of this part: far finer than the network is exact, and the same from a file and anew."""


def name_of(photo: Pixels, weights: Path, side: int, numbers: str) -> str:
    """What the depth of a photo is remembered as that the network found in this way. Raises OSError."""
    file = weights.stat()
    how = hashlib.sha256(repr((_FORMAT, file.st_size, file.st_mtime_ns, side, numbers)).encode())
    return f"{_digest_of(photo)}-{how.hexdigest()[:16]}.npz"


def _digest_of(photo: Pixels) -> str:
    digest = hashlib.sha256(repr(photo.shape).encode())
    digest.update(np.ascontiguousarray(photo).data)
    return digest.hexdigest()[:32]


def recall(name: str) -> Map | None:
    """The depth of this name; None if it is not there, or damaged."""
    path = paths.depths() / name
    try:
        found = read(path)
    except ValueError:
        return None
    with suppress(OSError):  # its place in the order is all that this is for
        os.utime(path)
    return found


def keep(name: str, file: Path) -> None:
    """Remember the depth in a file, and let go of the oldest. What the disk does not take is found anew next time."""
    with suppress(VideoAiError), whole_file(paths.depths() / name, replace=True) as part:
        shutil.copyfile(file, part)
    forget_old()


def forget(photo: Pixels) -> None:
    """Let go of what was found in a photo. What the disk does not let go of goes after its day."""
    name = _digest_of(photo)
    for path in files_in(paths.depths()):
        if path.name.startswith(name):
            delete(path)


def forget_old() -> None:
    """Let go of what has not been used for long, and of the oldest beyond what is kept."""
    found: list[tuple[float, int, Path]] = []
    for path in files_in(paths.depths()):
        with suppress(OSError):  # another program was faster
            status = path.lstat()
            found.append((status.st_mtime, status.st_size, path))
    count = total = 0
    for used, size, path in sorted(found, reverse=True):
        count, total = count + 1, total + size
        if count > _MOST or total > _MOST_BYTES or time.time() - used > _SECONDS:
            delete(path)


def write(path: Path, near: Map) -> None:
    """A map of 0 to 1 as a file, small and with a sum by which damage shows. Raises OSError."""
    np.savez_compressed(path, near=np.rint(near * _STEPS).astype(np.uint16))


def read(path: Path) -> Map:
    """The inverse of `write`. Raises ValueError if it is damaged, or not there."""
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            steps = file["near"]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError) as error:
        raise ValueError("no depth") from error
    if steps.dtype != np.uint16 or steps.ndim != 2:
        raise ValueError("no depth")
    near: Map = steps.astype(np.float32) / _STEPS
    return near
