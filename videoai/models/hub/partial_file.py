"""A blob that is not complete yet: its bytes so far, and notes that let any later process go on with it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psutil

from videoai.models.hub import cache
from videoai.models.hub.api import Listing, RemoteFile
from videoai.system.files import sync, whole_file
from videoai.system.strict_json import read_json

SYNC_BYTES = 64 * 1024 * 1024
"""After so many bytes they are made safe from a power cut, which costs a moment each time."""

_SAME_BOOT_SECONDS = 60.0


class PartialDownload:
    """The part of one file. Raises WriteFailed wherever it writes; what was written before stays."""

    def __init__(self, listing: Listing, file: RemoteFile) -> None:
        self.blob = cache.blob_path(listing.repo, file.blob)
        self.path = self.blob.with_name(file.blob + cache.PART)
        self.size = file.size
        self.length = 0
        self.etag: str | None = None
        self.restarts = 0
        self._notes = self.blob.with_name(file.blob + cache.NOTES)
        self._name = file.path
        self._safe = 0
        self._descriptor = -1

    @contextmanager
    def opened(self) -> Iterator[PartialDownload]:
        """Open it for appending, at the length up to which it can be relied on."""
        with cache.writing():
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o666)
        try:
            with cache.writing():
                notes = self._read_notes()
                self.etag = notes["etag"]
                self.length = self._reliable(os.fstat(self._descriptor).st_size, notes)
                self._safe = min(notes["safe"], self.length)
                os.ftruncate(self._descriptor, self.length)
                os.lseek(self._descriptor, self.length, os.SEEK_SET)
            yield self
        finally:
            os.close(self._descriptor)

    def restart(self, etag: str | None) -> None:
        """Forget all bytes; those to come belong to `etag`."""
        with cache.writing():
            self.restarts += bool(self.length)
            os.ftruncate(self._descriptor, 0)
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            self.length = self._safe = 0
            self.etag = etag
            self._write_notes()

    def append(self, piece: bytes) -> None:
        """Add bytes; never beyond the size that the file is listed with."""
        with cache.writing():
            rest = memoryview(piece)[: self.size - self.length]
            while rest:
                count = os.write(self._descriptor, rest)
                self.length += count
                rest = rest[count:]
            if self.length - self._safe >= SYNC_BYTES:
                self.make_safe()
                self._write_notes()

    def make_safe(self) -> None:
        """Let the bytes so far survive a power cut."""
        with cache.writing():
            sync(self.path)
        self._safe = self.length

    def publish(self) -> None:
        """Make it the blob."""
        with cache.writing():
            os.replace(self.path, self.blob)
            sync(self.blob.parent)
            self._notes.unlink(missing_ok=True)

    def remove(self) -> None:
        """Remove it and its notes."""
        with cache.writing():
            self.path.unlink(missing_ok=True)
            self._notes.unlink(missing_ok=True)

    def _reliable(self, length: int, notes: dict[str, Any]) -> int:
        """How many bytes to keep: after a power cut the end of a file may be zeros that were never sent."""
        if length > self.size:
            return 0
        same_boot = abs(notes["boot"] - psutil.boot_time()) < _SAME_BOOT_SECONDS
        return length if same_boot else min(length, notes["safe"])

    def _read_notes(self) -> dict[str, Any]:
        """The notes; those of an empty part if there are none or they are damaged."""
        try:
            notes = read_json(self._notes.read_bytes())
            etag, path = notes["etag"], str(notes["path"])
            return {
                "path": path,
                "etag": etag if is_strong(etag) else None,
                "safe": max(0, int(notes["safe"])),
                "boot": float(notes["boot"]),
            }
        except (OSError, ValueError, LookupError, TypeError):
            return {"path": "", "etag": None, "safe": 0, "boot": 0.0}

    def _write_notes(self) -> None:
        notes = {"path": self._name, "etag": self.etag, "safe": self._safe, "boot": psutil.boot_time()}
        with whole_file(self._notes, replace=True) as file:
            file.write_text(json.dumps(notes), "utf-8")


def is_strong(etag: object) -> bool:
    """Whether an entity tag says that the bytes are the same, and can be sent back as it is."""
    return isinstance(etag, str) and 2 < len(etag) < 300 and etag.isascii() and etag.isprintable() and etag[0] == '"'


def length_so_far(listing: Listing, file: RemoteFile) -> int:
    """How much of a file is here already, without touching it."""
    part = cache.blob_path(listing.repo, file.blob).with_name(file.blob + cache.PART)
    try:
        length = part.stat().st_size
    except OSError:
        return 0
    return length if length <= file.size else 0
