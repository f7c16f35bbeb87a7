"""What several tests of the command line need."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from videoai.history.store import JobStore
from videoai.system import paths


@pytest.fixture
def store(own_home) -> Iterator[JobStore]:
    """The history of a home of its own."""
    store = JobStore(paths.database())
    yield store
    store.close()
