"""The checkpoints of the tests of weights, and a world to read hints in."""

from __future__ import annotations

import pytest

from tests.hints.world import World
from tests.weights.conftest import quick_fp16  # noqa: F401


@pytest.fixture
def world(request, inside, tmp_path, monkeypatch) -> World:
    return World(request, inside, tmp_path, monkeypatch)
