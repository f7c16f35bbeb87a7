from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.engines.svd import checkpoint


@pytest.fixture(scope="session")
def tiny(tmp_path_factory) -> Path:
    """A tiny checkpoint, in the layout that diffusers writes."""
    return checkpoint.save(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def quick(tmp_path_factory) -> Path:
    """A smaller one, for what is done with a model, and not its numbers."""
    return checkpoint.save(tmp_path_factory.mktemp("quick") / "quick-svd", quick=True)


@pytest.fixture(autouse=True)
def _no_gradients():
    torch.manual_seed(0)
    with torch.no_grad():
        yield


def error(ours: torch.Tensor, reference: torch.Tensor) -> float:
    """The largest error, as a share of the largest value."""
    assert ours.shape == reference.shape
    return float((ours - reference).abs().max() / reference.abs().max())
