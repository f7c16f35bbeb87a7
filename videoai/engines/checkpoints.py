"""What a stopped run goes on from, as a file.

It is safetensors (arrays) with JSON in its metadata (values, and a digest of the arrays): nothing in it is executed on
reading, and a damaged one is told from a whole one.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from videoai.errors import CheckpointUnusable
from videoai.events import Checkpoint
from videoai.language import say
from videoai.system.files import whole_file
from videoai.system.reasons import reason
from videoai.system.strict_json import read_json

_FORMAT, _FORMAT_BEFORE = "videoai-checkpoint-3", "videoai-checkpoint-2"
"""The one before had no digest over its values; such a state is gone on from all the same."""

START_AGAIN = say("Start the video again from the photo; the same seed gives the same video.")
"""What to do where a state is of no use."""


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write it so that at any moment, a power cut included, `path` is the old file or the new, whole.

    Raises WriteFailed when the disk is full or refuses.
    """
    values = json.dumps(checkpoint.values, allow_nan=False)
    metadata = {"format": _FORMAT, "values": values, "sha256": _digest(checkpoint.arrays, values)}
    arrays = {name: np.ascontiguousarray(array) for name, array in checkpoint.arrays.items()}
    with whole_file(path, replace=True) as part:
        part.write_bytes(save(arrays, metadata))


def load_checkpoint(path: Path) -> Checkpoint:
    """What `save_checkpoint` wrote. Raises CheckpointUnusable if it is missing, damaged or something else."""
    try:
        with safe_open(path, framework="np") as file:
            metadata = file.metadata() or {}
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
    except (OSError, SafetensorError) as error:
        raise CheckpointUnusable(
            say("The saved state {name} cannot be read: {error}.", name=path.name, error=reason(error)), START_AGAIN
        ) from error
    written, said = metadata.get("format"), metadata.get("values", "")
    if written not in (_FORMAT, _FORMAT_BEFORE):
        raise CheckpointUnusable(say("This version cannot read the saved state {name}.", name=path.name), START_AGAIN)
    try:
        values: Any = read_json(said)
    except ValueError as error:
        raise CheckpointUnusable(say("The saved state {name} is damaged.", name=path.name), START_AGAIN) from error
    digest = _digest(arrays, said if written == _FORMAT else "")
    if not isinstance(values, dict) or metadata.get("sha256") != digest:
        raise CheckpointUnusable(say("The saved state {name} is damaged.", name=path.name), START_AGAIN)
    return Checkpoint(arrays, values)


def _digest(arrays: Mapping[str, npt.NDArray[Any]], values: str) -> str:
    """SHA-256 over the values, and the names, types, shapes and bytes of the arrays."""
    digest = hashlib.sha256(values.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        digest.update(array.tobytes())
    return digest.hexdigest()
