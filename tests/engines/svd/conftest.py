from __future__ import annotations

from pathlib import Path

import pytest
import torch

from tests.engines.svd import checkpoint
from videoai.engines.svd.weights import Pack, Use
from videoai.weights.quantise import quantise, should_quantise
from videoai.weights.tensor_source import PackedTensor


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


def packed_at(bits: int) -> Pack:
    """What packs the large weights of a network while it is loaded."""

    def pack(name: str, tensor: torch.Tensor | PackedTensor, use: Use) -> torch.Tensor | PackedTensor:
        whole = isinstance(tensor, torch.Tensor)
        return quantise(tensor, bits) if whole and use == "packable" and should_quantise(name, tensor.shape) else tensor

    return pack


def error(ours: torch.Tensor, reference: torch.Tensor) -> float:
    """The largest error, as a share of the largest value."""
    assert ours.shape == reference.shape
    return float((ours - reference).abs().max() / reference.abs().max())
