"""The SHA-256 of files, and of what is copied."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO

_BLOCK = 1 << 20
"""Bytes that are read at once."""


def blocks(source: IO[bytes]) -> Iterator[bytes]:
    """What is left in an open file, piece by piece."""
    while block := source.read(_BLOCK):
        yield block


def sha256_of_first(source: IO[bytes], size: int) -> bytes:
    """Of the next bytes of an open file, so many of them at most."""
    digest = hashlib.sha256()
    while size > 0 and (block := source.read(min(size, _BLOCK))):
        digest.update(block)
        size -= len(block)
    return digest.digest()


def sha256_of(path: Path) -> str:
    """In hexadecimal, of a file, or of the names and contents of the files in a folder. Raises OSError."""
    digest = hashlib.sha256()
    for file in sorted(path.iterdir()) if path.is_dir() else [path]:
        digest.update(os.fsencode(file.name) if path.is_dir() else b"")
        with file.open("rb") as source:
            for block in blocks(source):
                digest.update(block)
    return digest.hexdigest()


def copied(source: Iterable[bytes], target: IO[bytes]) -> tuple[int, str]:
    """How many bytes were copied, and their SHA-256 in hexadecimal. Raises OSError."""
    digest, size = hashlib.sha256(), 0
    for block in source:
        digest.update(block)
        target.write(block)
        size += len(block)
    return size, digest.hexdigest()
