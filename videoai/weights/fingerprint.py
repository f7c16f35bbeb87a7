"""What tells a model's weights from others, found out in milliseconds: a run must go on with those it began with."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from videoai.catalogue import PARTS
from videoai.weights.gguf_file import GgufFile
from videoai.weights.gguf_header import MAGIC
from videoai.weights.model_files import ModelFiles, PartFiles
from videoai.weights.packed_file import is_packed
from videoai.weights.safetensors_file import SafetensorsFile
from videoai.weights.shards import is_sharded, shards

_WHOLE_BYTES = 8 << 20
"""A file up to this size is read whole."""
_SAMPLE_BYTES, _EVERY_BYTES = 4096, 16 << 20
"""Of a larger one its size, its table of contents, and a piece of every tensor, of a large one several. No training and
no packing leaves a tensor as it was but for what lies between two pieces."""

MADE_OF = "exact"
"""The entry, in the metadata of a converted file, of the fingerprint of what it was made of in the first place."""


def fingerprint(files: ModelFiles) -> str:
    """SHA-256 in hexadecimal of what is looked at in all files of a model. Raises OSError, ModelDamaged."""
    return _joined(part_fingerprint(files.of(part)) for part in PARTS)


def exact_fingerprint(files: ModelFiles) -> str:
    """That of the model as it was before any conversion: the same whatever its bits are now.

    "" if that is not known, as of files that an earlier version has converted. Raises OSError, ModelDamaged.
    """
    found = [part_exact_fingerprint(files.of(part)) for part in PARTS]
    return _joined(found) if all(found) else ""


def part_fingerprint(files: PartFiles) -> str:
    """That of one network's files."""
    paths = [*_files(files.weights), *_files(files.config)]
    return _joined(_of_file(path) for path in paths)


def part_exact_fingerprint(files: PartFiles) -> str:
    """That of the network as it was before any conversion, or ""."""
    if not is_sharded(files.weights) and not _is_gguf(files.weights):
        file = SafetensorsFile(files.weights)
        if MADE_OF in file.metadata or is_packed(file):
            return str(file.metadata.get(MADE_OF, ""))
    return part_fingerprint(files)


def _joined(digests: Iterable[str]) -> str:
    return hashlib.sha256("-".join(digests).encode()).hexdigest()


def _files(path: Path | None) -> list[Path]:
    if path is None or not path.is_file():
        return []
    return shards(path) if is_sharded(path) else [path]


def _of_file(path: Path) -> str:
    size = path.stat().st_size
    digest = hashlib.sha256(str(size).encode())
    with path.open("rb") as file:
        if size <= _WHOLE_BYTES:
            digest.update(file.read())
        else:
            for start, length in _pieces(path):
                file.seek(start)
                digest.update(file.read(length))
    return digest.hexdigest()


def _is_gguf(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(MAGIC)) == MAGIC


def _pieces(path: Path) -> Iterator[tuple[int, int]]:
    """Where to look in a file of weights, from its beginning on: places and lengths."""
    file = GgufFile(path) if _is_gguf(path) else SafetensorsFile(path)
    tensors = sorted((entry.start, entry.size) for entry in file.entries.values())
    yield 0, tensors[0][0] if tensors else _WHOLE_BYTES
    for start, size in tensors:
        count = -(-size // _EVERY_BYTES)
        for at in range(count):
            length = min(size, _SAMPLE_BYTES)
            yield start + (size - length) * (2 * at + 1) // (2 * count), length
