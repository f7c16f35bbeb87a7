"""Removing files from the cache, without taking from other programs what they still use."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from videoai.models.hub import cache
from videoai.models.hub.names import check_path, is_blob
from videoai.system.strict_json import read_json


def remove(repo: str, paths: Iterable[str]) -> int:
    """Remove files, whole or in part, from all snapshots of a repository; the bytes that this freed.

    A blob stays as long as any other file of the repository is a link to it, and so does a part that is
    being fetched at this moment. Raises WriteFailed, DownloadFailed for names that cannot be.
    """
    wanted = {check_path(path) for path in paths}
    base = cache.folder(repo)
    freed = 0
    with cache.writing():
        blobs = set()
        for snapshot in _folders(base / "snapshots"):
            for entry in (snapshot / path for path in sorted(wanted)):
                if not os.path.lexists(entry) or not _is_within(entry.parent, snapshot):
                    continue
                blobs.add(_blob_of(entry, base))
                freed += _size(entry)
                entry.unlink()
                _remove_empty(entry.parent, base)
        for notes in list((base / "blobs").glob(f"*{cache.NOTES}")):
            if _noted_path(notes) in wanted:
                blobs.add(notes.name.removesuffix(cache.NOTES))
    for blob in sorted(blobs - {""}):
        freed += _remove_blob(repo, blob)
    with cache.writing():
        _remove_empty(base / "blobs", base)
        for ref in (path for path in base.glob("refs/*") if path.is_file()):
            if blobs and not (base / "snapshots" / ref.read_text("ascii", "replace").strip()).exists():
                ref.unlink()
        _remove_empty(base / "refs", base)
        _remove_empty(base, cache.root())
    return freed


def _remove_blob(repo: str, blob: str) -> int:
    """Remove a blob and what there is of its part, unless something links to it or is fetching it."""
    base = cache.folder(repo)
    freed = 0
    with suppress(_Taken), cache.lock(repo, blob, _taken), cache.writing():
        if blob in {_blob_of(entry, base) for snapshot in _folders(base / "snapshots") for entry in _links(snapshot)}:
            return 0
        for path in (base / "blobs" / (blob + ending) for ending in ("", cache.PART, cache.NOTES)):
            freed += _size(path)
            path.unlink(missing_ok=True)
    return freed


class _Taken(Exception):
    """Another program is fetching the blob."""


def _taken() -> None:
    raise _Taken


def _blob_of(entry: Path, base: Path) -> str:
    """The name of the blob that an entry of a snapshot links to; empty for a file of its own."""
    if not entry.is_symlink():
        return ""
    target = Path(os.path.normpath(entry.parent / os.readlink(entry)))
    there = os.path.realpath(target.parent) == os.path.realpath(base / "blobs")
    return target.name if there and is_blob(target.name) else ""


def _noted_path(notes: Path) -> str:
    try:
        return str(read_json(notes.read_bytes())["path"])
    except (OSError, ValueError, LookupError, TypeError):
        return ""


def _folders(parent: Path) -> list[Path]:
    return [path for path in parent.iterdir() if path.is_dir() and not path.is_symlink()] if parent.is_dir() else []


def _links(parent: Path) -> Iterator[Path]:
    for where, folders, files in os.walk(parent):  # which itself follows none
        yield from (path for path in (Path(where, name) for name in (*files, *folders)) if path.is_symlink())


def _is_within(path: Path, parent: Path) -> bool:
    return Path(os.path.realpath(path)).is_relative_to(os.path.realpath(parent))


def _size(path: Path) -> int:
    """What a file takes; 0 for a link, and for what is not there."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return 0
    return found.st_size if stat.S_ISREG(found.st_mode) else 0


def _remove_empty(path: Path, stop: Path) -> None:
    """Remove `path` and its parents below `stop` as far as they are empty."""
    while path != stop and path.is_dir() and not any(path.iterdir()):
        path.rmdir()
        path = path.parent
