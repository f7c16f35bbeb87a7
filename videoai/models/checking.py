"""Whether the files of a model are what they have to be, found out without the hub."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from videoai.events import OnEvent
from videoai.models.hub import hashes
from videoai.models.hub.names import is_blob
from videoai.models.hub.progress import DownloadProgress
from videoai.system.strict_json import read_json

_MAX_HEADER = 4_000_000
"""As in weights/safetensors_file.py."""


@dataclass(frozen=True, slots=True)
class FileCheck:
    """What came of verifying one file."""

    path: Path
    ok: bool
    repair: str
    """The command that makes it right again."""


def are_sound(paths: Sequence[Path], on_event: OnEvent) -> bool:
    """Whether all of them are; the events are Stage("check") in bytes, and its steps."""
    sizes = [path.stat().st_size for path in paths]
    progress, done = DownloadProgress(on_event), 0
    progress.begin("check", sum(sizes))
    for path, size in zip(paths, sizes, strict=True):
        if not is_sound(path, lambda count, before=done: progress.at(before + count)):  # type: ignore[misc]
            return False
        done += size
        progress.at(done)
    progress.end()
    return True


def is_sound(path: Path, on_read: Callable[[int], None] = lambda count: None) -> bool:
    """Whether a file of the cache has the hash that is its real name. One that another program has copied or linked
    there has none in its name: then, whether it is whole."""
    real = path.resolve()
    if is_blob(real.name):
        return hashes.is_right(real, real.stat().st_size, real.name, on_read)
    return _is_whole(path)


def _is_whole(path: Path) -> bool:
    """Whether it is JSON to its end, or has as many bytes of weights as its table of contents says."""
    try:
        if path.suffix == ".json":
            read_json(path.read_bytes())
            return True
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header = json.loads(file.read(length)) if length <= _MAX_HEADER else {}
        ends = [row["data_offsets"][1] for name, row in header.items() if name != "__metadata__"]
        return bool(path.stat().st_size == 8 + length + max(ends))
    except (OSError, ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return False
