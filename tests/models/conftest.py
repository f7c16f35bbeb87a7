from __future__ import annotations

from pathlib import Path

import pytest

from tests.engines.svd import checkpoint


@pytest.fixture(scope="session")
def tiny_fp16(tmp_path_factory) -> Path:
    """A tiny checkpoint in halves, in the layout and under the names that the hub has."""
    return checkpoint.save(tmp_path_factory.mktemp("tiny"), variant="fp16")
