"""The depth network gives what transformers' does."""

from __future__ import annotations

import pytest
import torch

from tests.engines.depth import checkpoint
from tests.engines.svd.conftest import error
from videoai.engines.depth import network
from videoai.engines.depth.config import SMALL, DepthConfig
from videoai.engines.svd import kernels

BOUND = 1e-5


@pytest.fixture(scope="module")
def file(tmp_path_factory):
    return checkpoint.save(tmp_path_factory.mktemp("depth"))


@pytest.fixture(scope="module")
def expected():
    return checkpoint.reference(checkpoint.TINY)


@pytest.fixture(params=["plain", "onednn"])
def backend(request, monkeypatch) -> str:
    """With torch's own products and, where there is one, with the CPU's; these attend as long sequences do."""
    monkeypatch.setattr("videoai.engines.svd.attention._LONG", 20)
    if request.param == "plain":
        monkeypatch.setattr(kernels, "_HAS_ONEDNN", False)
    elif not kernels._HAS_ONEDNN:
        pytest.skip("no oneDNN products on this processor")
    return request.param


def picture(rows: int, columns: int) -> torch.Tensor:
    """Normalised pixels of so many patches."""
    return torch.randn(1, 3, 14 * rows, 14 * columns, generator=torch.Generator().manual_seed(rows + 100 * columns))


def compare(file, expected, config: DepthConfig, rows: int, columns: int) -> None:
    pixels = picture(rows, columns)
    depth = expected(pixels).predicted_depth[0]
    assert (depth > 0).float().mean() > 0.5
    assert depth.std() > 0.02 * depth.max(), "a flat map would show nothing"
    assert error(network.load(file, config=config)(pixels), depth) <= BOUND


SHAPES = [(6, 6), (5, 9), (9, 4), (7, 7), (1, 3), (3, 16)]
"""As trained, landscape, portrait, an odd square, less than any map's half, a panorama."""


@pytest.mark.parametrize(("rows", "columns"), SHAPES)
def test_depth_is_that_of_the_reference(file, expected, backend, rows, columns):
    compare(file, expected, checkpoint.TINY, rows, columns)


def test_one_network_sees_pictures_of_several_shapes(file, expected):
    ours = network.load(file, config=checkpoint.TINY)
    for rows, columns in ((20, 40), (2, 2), (20, 40)):
        pixels = picture(rows, columns)
        assert error(ours(pixels), expected(pixels).predicted_depth[0]) <= BOUND


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_halves_compute_what_fp32_does_within_their_digits(file, backend, dtype):
    pixels = picture(5, 8)
    half = network.load(file, dtype=dtype, config=checkpoint.TINY)(pixels)
    assert half.dtype == torch.float32
    assert error(half, network.load(file, config=checkpoint.TINY)(pixels)) <= 10 * torch.finfo(dtype).eps


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_the_full_size_network_is_that_of_the_reference(tmp_path):
    """At the shapes of photos of 3:2, 9:16, 1:1 and a panorama, brought to sides of 518 and less."""
    file, expected = checkpoint.save(tmp_path, SMALL), checkpoint.reference(SMALL)
    for rows, columns in ((37, 55), (66, 37), (37, 37), (20, 53)):
        compare(file, expected, SMALL, rows, columns)
