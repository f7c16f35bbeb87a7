"""A model to make videos with."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A tiny checkpoint, in the layout that diffusers writes."""
    from tests.engines.svd import checkpoint  # with diffusers, which most tests here do without

    return checkpoint.save(tmp_path_factory.mktemp("tiny") / "tiny-svd", quick=True)
