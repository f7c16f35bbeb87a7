"""The end of a Matroska file, by which it is told to be whole: the SHA-256 of all before, which players pass over.

Loads no library of videos.
"""

from __future__ import annotations

from pathlib import Path

from videoai.system.hashing import sha256_of_first

_VOID = b"\xec\xa0"
"""An element of Matroska's that says nothing, 32 bytes long."""
_BYTES = len(_VOID) + 32


def seal(path: Path) -> None:
    """Complete the file. Raises OSError."""
    size = path.stat().st_size
    with path.open("rb+") as file:
        digest = sha256_of_first(file, size)
        file.seek(size)
        file.write(_VOID + digest)


def is_whole(path: Path) -> bool:
    """Whether the file was sealed, and nothing of it has changed since. Raises OSError."""
    with path.open("rb") as file:
        digest = sha256_of_first(file, path.stat().st_size - _BYTES)
        return file.read() == _VOID + digest
