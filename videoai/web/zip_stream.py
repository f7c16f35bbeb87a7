"""A ZIP that is made while it is sent: it is never whole, neither in memory nor on the disk."""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

_CHUNK = 1 << 18
"""Bytes that are read at once."""


class _Pipe:
    """What the archive writes to, until that is taken. It has no place to go back to."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        pass

    def take(self) -> bytes:
        data = b"".join(self._parts)
        self._parts.clear()
        return data


@dataclass(frozen=True, slots=True)
class Packed:
    """A file for the archive: its name in there, when it was changed, about how many bytes it has, what opens it."""

    name: str
    changed: float
    size: int
    open: Callable[[], BinaryIO]


def zipped(files: Iterable[Packed]) -> Iterator[bytes]:
    """The archive, in pieces; one file is open at a time. Videos are as small as they get, so they are only stored.

    Raises OSError if a file is gone when its turn has come: then what was sent is no archive.
    """
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_STORED) as archive:  # type: ignore[call-overload]
        for each in files:
            entry = zipfile.ZipInfo(each.name, _moment(each.changed))
            entry.external_attr = 0o644 << 16
            entry.file_size = each.size  # by which it is known whether it takes the form for large ones
            with each.open() as file, archive.open(entry, "w") as target:
                while data := file.read(_CHUNK):
                    target.write(data)
                    yield pipe.take()
    yield pipe.take()


def _moment(changed: float) -> tuple[int, int, int, int, int, int]:
    """As the format can say it: from 1980 to 2107."""
    found = time.localtime(changed)
    return found[:6] if 1980 <= found.tm_year <= 2107 else (1980, 1, 1, 0, 0, 0)
