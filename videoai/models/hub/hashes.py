"""Whether a file holds what its name in the cache promises."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from videoai.models.hub.names import is_sha256

_PIECE = 1024 * 1024


def is_right(path: Path, size: int, blob: str, on_read: Callable[[int], None] = lambda count: None) -> bool:
    """Whether the file has `size` bytes and the hash `blob`: a SHA-256, or git's SHA-1 of a file.

    `on_read` is called with the number of bytes read so far. A file that cannot be read is not right.
    """
    # Git hashes a header too; SHA-1 is what the hub gives for small files, it protects from damage, not from forgery.
    digest = hashlib.sha256() if is_sha256(blob) else hashlib.sha1(b"blob %d\0" % size, usedforsecurity=False)
    count = 0
    try:
        file = path.open("rb")
    except OSError:
        return False
    with file:
        while piece := _read(file):
            digest.update(piece)
            count += len(piece)
            if count > size:
                return False
            on_read(count)  # what this raises is no matter of the file
    return count == size and digest.hexdigest() == blob


def _read(file: BinaryIO) -> bytes:
    """The next piece; nothing, as at the end, where the disk cannot read it."""
    try:
        return file.read(_PIECE)
    except OSError:
        return b""
