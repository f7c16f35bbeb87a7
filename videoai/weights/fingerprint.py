"""What tells a model's weights from others, found out in milliseconds: a run must go on with those it began with."""

from __future__ import annotations

import hashlib
from pathlib import Path

from videoai.catalogue import PARTS
from videoai.weights.model_files import ModelFiles
from videoai.weights.sharded import is_sharded, shards

_WHOLE_BYTES = 8 << 20
"""A file up to this size is read whole."""
_SAMPLES, _SAMPLE_BYTES = 256, 4096
"""Of a larger one its beginning, with the names and places of all tensors, and so many pieces of all the rest. Weights
that were trained on, or quantised otherwise, differ in nearly every number."""


def fingerprint(files: ModelFiles) -> str:
    """SHA-256 in hexadecimal of what is looked at in all files of a model. Raises OSError."""
    digest = hashlib.sha256()
    for part in PARTS:
        found = files.of(part)
        for path in (found.weights, found.config):
            for file in _files(path):
                digest.update(_of_file(file))
            digest.update(b"-")
    return digest.hexdigest()


def _files(path: Path | None) -> list[Path]:
    if path is None or not path.is_file():
        return []
    return shards(path) if is_sharded(path) else [path]


def _of_file(path: Path) -> bytes:
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        digest.update(file.read(_WHOLE_BYTES))
        for sample in range(_SAMPLES if size > _WHOLE_BYTES else 0):
            file.seek(_WHOLE_BYTES + (size - _WHOLE_BYTES) * sample // _SAMPLES)
            digest.update(file.read(_SAMPLE_BYTES))
    return digest.digest()
