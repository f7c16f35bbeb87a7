"""The end of a Matroska file, by which it is told to be whole: the SHA-256 of all before, which players pass over.

Loads no library of videos.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from videoai.system.hashing import blocks

_VOID = b"\xec\xa0"
"""An element of Matroska's that says nothing, 32 bytes long."""
_BYTES = len(_VOID) + 32


def seal(path: Path) -> None:
    """Complete the file. Raises OSError."""
    with path.open("rb+") as file:
        digest = hashlib.sha256()
        for block in blocks(file):
            digest.update(block)
        file.write(_VOID + digest.digest())


def is_whole(path: Path) -> bool:
    """Whether the file was sealed, and nothing of it has changed since. Raises OSError."""
    with path.open("rb") as file:
        left = path.stat().st_size - _BYTES
        digest = hashlib.sha256()
        while left > 0 and (block := file.read(min(left, 1 << 20))):
            digest.update(block)
            left -= len(block)
        return file.read() == _VOID + digest.digest()
