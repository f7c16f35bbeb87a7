"""One place hashes files, and it is the plain SHA-256 that other programs know."""

from __future__ import annotations

import hashlib
import io
import re
import tracemalloc

import pytest

from tests.conftest import ROOT
from videoai.system.hashing import blocks, copied, sha256_of

LARGE = bytes(range(256)) * 12_345


def test_a_file_of_many_blocks(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(LARGE)
    assert sha256_of(path) == hashlib.sha256(LARGE).hexdigest()
    with path.open("rb") as source:
        target = io.BytesIO()
        assert copied(blocks(source), target) == (len(LARGE), sha256_of(path))
    assert target.getvalue() == LARGE


def test_a_folder_is_the_names_and_the_contents_in_order(tmp_path):
    for name in ("b", "a"):
        (tmp_path / name).write_bytes(name.upper().encode())
    assert sha256_of(tmp_path) == hashlib.sha256(b"aAbB").hexdigest()


def test_what_cannot_be_read_is_raised(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        sha256_of(tmp_path / "nowhere")


def test_it_takes_no_memory_of_a_file_s_size(tmp_path):
    path = tmp_path / "large"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    tracemalloc.start()
    sha256_of(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert 0 < peak < 30_000_000


def test_nobody_else_hashes_a_file():
    """The hub's own hashes and a fingerprint look at files in ways of their own."""
    own = {"hashing.py", "hashes.py", "fingerprint.py"}
    for path in (ROOT / "videoai").rglob("*.py"):
        if path.name not in own:
            assert not re.search(r"digest\.update\((?:block|file|path|source)", path.read_text("utf-8")), path
